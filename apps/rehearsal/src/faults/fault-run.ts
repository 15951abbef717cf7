import type { SiteName } from '@switchyard/session-backends/fence';
import type { Crew } from '../move/crew.ts';
import type { HelperProcess } from '../move/helper-process.ts';
import type { Point } from '../move/messages.ts';
import type { Step } from '../move/steps.ts';
import { wait } from '../move/wait.ts';
import type { Stage } from '../stage/open-stage.ts';
import { causeFault, type World } from './cause-fault.ts';
import type { Chronicle } from './chronicle.ts';
import { describeFault, describeWhat } from './describe-fault.ts';
import type { Excuse } from './failure-watch.ts';
import { shopIndex, type Fault, type FaultKind } from './fault.ts';
import type { Probe } from './probe.ts';

/** What became of a fault. */
export interface FaultReport {
  readonly kind: FaultKind;
  readonly what: string;
  /** Since the first step, in seconds. */
  readonly from: number;
  readonly to: number;
  /** From its end until each process of the shop has served again, in milliseconds; `null`: they did not. */
  readonly backAfterMs: number | null;
  /** Whether shoppers were not to notice it. */
  readonly isQuiet: boolean;
}

/** The faults of one step. */
export interface StepFaults {
  /** To be called before a verb is given to this controller. */
  beforeVerb(controller: HelperProcess): void;
  /** The step is done: what did not come to its moment begins now. Resolves when all is over. */
  done(): Promise<void>;
  /** What the step has done may have been undone by another controller. */
  readonly mayBeUndone: boolean;
}

export interface FaultRun {
  begin(step: number): StepFaults;
  reports(): readonly FaultReport[];
  /** When requests may have failed, and of which process. */
  excuses(): readonly Excuse[];
  /** Resolves when nothing is caused or repaired any more; after the signal was aborted, soon. */
  settled(): Promise<void>;
}

export interface FaultRunOptions {
  readonly stage: Stage;
  readonly crew: Crew | undefined;
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
  readonly chronicle: Chronicle;
  readonly probe: Probe;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

/** Within that the service has to be back when a fault is over, without anybody's help. */
export const BACK_WITHIN_MS = 5_000;
const GIVE_UP_MS = 15_000;
/** What was under way when each process served again. */
const AFTERMATH_MS = 250;

interface Living {
  readonly begun: Promise<void>;
  readonly over: Promise<void>;
}

export function createFaultRun(options: FaultRunOptions): FaultRun {
  const { stage, crew, steps, faults, chronicle, probe, now, signal, onFault } = options;
  const startedAt = now();
  const second = (at: number): number => Math.round((at - startedAt) / 10) / 100;
  const reports: FaultReport[] = [];
  const excuses: Excuse[] = [];
  const lives: Promise<void>[] = [];
  /** Faults that have begun and not ended, and how many have begun so far. */
  const active = new Set<Promise<void>>();
  let begun = 0;
  let switchedAt = Number.NEGATIVE_INFINITY;

  const live = async (fault: Fault, world: World, isStepDone: Promise<void>, setBegun: () => void): Promise<void> => {
    const step = steps[fault.step] as Step;
    const isQuiet = reachOf(fault, step) === 'nobody';
    // What nobody needs any more goes when everybody knows.
    if (isQuiet && isAbsence(fault)) await wait(Math.max(0, switchedAt + HEARD_AFTER_MS - now()), signal);
    const from = now();
    const to = await last(fault, setBegun, isStepDone, world);
    const backAfterMs = await untilBack();
    if (backAfterMs === undefined || backAfterMs > BACK_WITHIN_MS) {
      const when = backAfterMs === undefined ? 'not at all' : `after ${(backAfterMs / 1_000).toFixed(1)} s`;
      chronicle.find(`the service was back ${when}: ${describeFault(fault, step)}`);
    } else chronicle.tell(`every process serves again, ${Math.round(backAfterMs)} ms after the end of ${fault.kind}`);
    reports.push({
      kind: fault.kind,
      what: describeFault(fault, step),
      from: second(from),
      to: second(to),
      backAfterMs: backAfterMs === undefined ? null : Math.round(backAfterMs),
      isQuiet,
    });
    excuses.push(...excuseOf(fault, step, from, now() + AFTERMATH_MS));
  };

  /** Resolves to when it has ended. */
  const last = async (fault: Fault, setBegun: () => void, isStepDone: Promise<void>, world: World): Promise<number> => {
    let setEnded = (): void => undefined;
    const ended = new Promise<void>((resolve) => (setEnded = resolve));
    active.add(ended);
    begun += 1;
    try {
      chronicle.tell(`fault begins: ${describeWhat(fault)}`);
      const end = await causeFault(fault, world);
      setBegun();
      // A process that is stopped across a step knows nothing of it.
      if (fault.kind === 'shop-stop' && crew !== undefined) await isStepDone;
      await wait(fault.lastsMs, signal);
      await end();
      chronicle.tell(`fault ends: ${describeWhat(fault)}`);
      return now();
    } finally {
      active.delete(ended);
      setEnded();
    }
  };

  /** From when nothing is wrong any more; two faults may be at once. */
  const untilBack = async (): Promise<number | undefined> => {
    for (;;) {
      while (active.size > 0) await Promise.all(active);
      const before = begun;
      const backAfterMs = await probe.untilServed(GIVE_UP_MS, signal);
      if (begun === before) return backAfterMs;
    }
  };

  const begin = (index: number): StepFaults => {
    const own = faults.filter(({ step }) => step === index);
    const step = steps[index] as Step;
    let atWork = crew?.controllers[0];
    let setDone = (): void => undefined;
    const isStepDone = new Promise<void>((resolve) => (setDone = resolve));
    const world: World = {
      stage,
      crew,
      atWork: () => atWork as HelperProcess,
      opposite: step.opposite,
      tell: chronicle.tell,
      signal,
      onFault,
    };
    const running = new Map<Fault, Living>();
    const start = (fault: Fault): Living => {
      const alive = running.get(fault) ?? bear(fault);
      running.set(fault, alive);
      return alive;
    };
    const bear = (fault: Fault): Living => {
      let setBegun = (): void => undefined;
      const begun = new Promise<void>((resolve) => (setBegun = resolve));
      const over = live(fault, world, isStepDone, setBegun);
      // Whoever waits for it is told, too.
      over.catch(onFault).finally(setBegun);
      lives.push(over);
      return { begun, over };
    };
    // The process that has come to the point goes on when it has begun.
    const startAt = (holder: HelperProcess, point: Point, fault: Fault): void =>
      holder.holdAt(point, () => start(fault).begun);

    if (faults.some((fault) => fault.kind === 'redis-old-data' && Math.max(0, fault.step - 1) === index))
      void stage.cache.server?.save().catch(() => undefined);
    const timers = own.flatMap((fault) => {
      const { moment } = fault;
      if (moment.at === 'begin' && moment.afterMs === 0) start(fault);
      if (moment.at === 'drain' && crew !== undefined) startAt(crew.worker, moment, fault);
      return moment.at === 'begin' ? [setTimeout(() => start(fault), moment.afterMs)] : [];
    });
    return {
      beforeVerb: (controller) => {
        atWork = controller;
        const fault = own.find((each) => isOfController(each.moment) && !running.has(each));
        controller.holdAt(undefined);
        if (fault !== undefined) startAt(controller, fault.moment as Point, fault);
      },
      done: async () => {
        timers.forEach(clearTimeout);
        for (const helper of crew === undefined ? [] : [crew.worker, ...crew.controllers]) helper.holdAt(undefined);
        if (step.during.length > 1) switchedAt = now();
        for (const fault of own)
          if (!running.has(fault) && fault.moment.at !== 'end')
            chronicle.tell(`"${step.name}" did not come to the moment of ${fault.kind}: it begins now`);
        setDone();
        await Promise.all(own.map((fault) => start(fault).over));
      },
      mayBeUndone: own.some(({ kind }) => kind === 'two-controllers' || kind === 'controller-stop'),
    };
  };

  return {
    begin,
    reports: () => reports,
    excuses: () => excuses,
    settled: async () => void (await Promise.allSettled(lives)),
  };
}

/** A process of the shop has heard of a switch by then, whether or not it had anything to do. */
const HEARD_AFTER_MS = 1_500;

/** A process of the shop cannot reach a database. */
const isAbsence = ({ kind, process }: Fault): boolean =>
  ABSENCES.includes(kind) || (kind === 'partition' && shopIndex(process) !== undefined);
const ABSENCES: readonly FaultKind[] = ['old-away', 'new-away', 'new-kill'];

const isOfController = ({ at }: Fault['moment']): boolean => at === 'fence' || at === 'backfill';

/** Whose requests a fault may make fail: everybody's, those of one process of the shop, or nobody's. */
function reachOf(fault: Fault, step: Step): 'everybody' | 'one process' | 'nobody' {
  const needed = (site: SiteName): boolean =>
    step.after.includes(site) || (fault.moment.at !== 'end' && step.during.includes(site));
  switch (fault.kind) {
    // The shop itself is in it, and not its sessions alone.
    case 'old-kill':
      return 'everybody';
    case 'new-kill':
    case 'new-away':
      return needed('new') ? 'everybody' : 'nobody';
    case 'old-away':
      return needed('old') ? 'everybody' : 'nobody';
    case 'shop-kill':
      return 'one process';
    case 'partition':
      return shopIndex(fault.process) !== undefined && fault.server !== 'redis' && needed(fault.server)
        ? 'one process'
        : 'nobody';
    default:
      return 'nobody';
  }
}

function excuseOf(fault: Fault, step: Step, from: number, to: number): Excuse[] {
  switch (reachOf(fault, step)) {
    case 'everybody':
      return [{ from, to, process: undefined }];
    case 'one process':
      return [{ from, to, process: shopIndex(fault.process) }];
    case 'nobody':
      return [];
  }
}
