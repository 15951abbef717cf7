import { createChronicle, type Chronicle } from './faults/chronicle.ts';
import { describeFault } from './faults/describe-fault.ts';
import { drawFaults } from './faults/draw-faults.ts';
import { createFailureWatch, type FailureWatch } from './faults/failure-watch.ts';
import { createFaultRun, type FaultRun } from './faults/fault-run.ts';
import { createProbe } from './faults/probe.ts';
import { checkHistory, type HistoryReport } from './history/check-history.ts';
import { createHistory, type History } from './history/history.ts';
import { drawFlagDelays } from './move/draw-flag-delays.ts';
import type { Word } from './move/messages.ts';
import { planFenced, planFlags, type FencedPlan, type FlagPlan } from './move/plan.ts';
import { FENCED_STEPS, FLAG_STEPS } from './move/steps.ts';
import { walkFenced } from './move/walk-fenced.ts';
import { countRows, walkFlags, type WalkOptions, type Walked } from './move/walk-flags.ts';
import type { Options } from './options.ts';
import { createRandom, type Random } from './random.ts';
import { createRecorder, type Recorder } from './report/recorder.ts';
import type { Progress } from './report/progress.ts';
import type { Report } from './report/report.ts';
import { startCrowd } from './shopper/crowd.ts';
import type { HttpClient } from './shopper/http-client.ts';
import { createShopper, type Shopper } from './shopper/shopper.ts';
import { leastAgeMs } from './shopper/visit.ts';
import { balance } from './stage/balance.ts';
import { openStage, type Stage } from './stage/open-stage.ts';

export interface RehearseContext {
  readonly progress: Progress;
  /** Aborted with the error that the rehearsal then ends with. */
  readonly closing: AbortController;
  readonly environment: NodeJS.ProcessEnv;
  /** Told what the processes write. */
  readonly onOutput: (chunk: Buffer) => void;
}

/** Streams of chance beside those of the shoppers, which count up from zero. */
const STREAMS = { flagDelays: -1, crowd: -2, evictions: -3, faults: -4, age: -5 } as const;

const THINGS_PER_SECOND = 30;
const EVICT_EVERY_MS = 500;
const EVICTED_PART = 0.1;

const now = (): number => performance.now();

/**
 * Opens the shop, lets shoppers in, moves the sessions under them, and looks at every basket at last. Whatever happens,
 * everything that was started is ended.
 * @throws {RehearsalError | DatabaseError} what to do about it
 */
export async function rehearse(options: Options, context: RehearseContext): Promise<Report> {
  const { progress, closing, environment, onOutput } = context;
  const { method, seed, processes, staggerMs = 0 } = options;
  const plan = method === 'fenced' ? planFenced(options, createRandom(seed, STREAMS.age)) : planFlags(options);
  progress.say('Starting two databases, a cache and the shop …');
  let onCrewEvent = (_event: Extract<Word, { kind: 'event' }>): void => undefined;
  const stage = await openStage({
    shoppers: options.shoppers,
    flagDelaysMs: drawFlagDelays(processes, staggerMs, createRandom(seed, STREAMS.flagDelays)),
    sessionAgeSeconds: plan.sessionAgeSeconds,
    hasCrew: method === 'fenced',
    isNaive: method === 'naive',
    template: options.template,
    environment,
    onOutput,
    onCrewEvent: (event) => onCrewEvent(event),
    onFault: (error) => closing.abort(error),
    checkpoint: () => closing.signal.throwIfAborted(),
  });
  try {
    const chronicle = createChronicle(now, ({ second, what }) => {
      if (options.verbose) progress.say(`${second.toFixed(2).padStart(7)} s  ${what}`);
    });
    onCrewEvent = ({ event, text }) => {
      if (event === 'lost-at-destination') chronicle.find(`the worker: ${text}`);
      else chronicle.tell(`the worker: ${text}`);
    };
    return await rehearseOn(stage, plan, chronicle, options, context);
  } finally {
    progress.say('Stopping everything …');
    await stage.close();
  }
}

async function rehearseOn(
  stage: Stage,
  plan: FencedPlan | FlagPlan,
  chronicle: Chronicle,
  options: Options,
  { progress, closing }: RehearseContext,
): Promise<Report> {
  const { signal } = closing;
  const onFault = (error: unknown): void => closing.abort(error);
  const recorder = createRecorder(now);
  const history = createHistory({ now });
  const watch = createFailureWatch();
  const since = now();
  const onStep = (name: string): void => {
    progress.say(`• ${name}`);
    chronicle.tell(`step: ${name}`);
    recorder.beginStep(name);
  };
  const servers = balance(stage.fleet.processes, { now, onServed: watch.note });
  const evicting = keepEvicting(stage, createRandom(options.seed, STREAMS.evictions));
  const probe = createProbe(stage.fleet.processes, stage.databases.stock.productIds[0] as string);
  const faults = prepareFaults(stage, chronicle, options, { probe, signal, onFault });
  onStep('baseline');
  progress.follow(recorder);
  const crowd = startCrowd({
    shoppers: createShoppers(stage, plan, options, recorder, history, servers),
    thingsPerSecond: THINGS_PER_SECOND,
    random: createRandom(options.seed, STREAMS.crowd),
    onFault,
  });
  try {
    const walked = await walk({ stage, plan, faults, chronicle, onStep, signal }, options);
    onStep('last look at every basket');
    await crowd.stop();
    await crowd.lookEverywhere();
    onStep('the same with an empty cache');
    await stage.cache.empty();
    await crowd.lookEverywhere();
    signal.throwIfAborted();
    const writtenAfterwards = await countRows(stage, signal);
    findUnexplained(watch, faults, chronicle);
    const checked = checkHistory(history, { ageMs: leastAgeMs(plan.sessionAgeSeconds * 1_000), since });
    const rows = { ...walked.comparison, emptied: walked.emptied, writtenAfterwards };
    return report(stage, plan, options, { recorder, checked, rows, faults, chronicle });
  } finally {
    clearInterval(evicting);
    await crowd.stop();
    // What is being repaired must not come up again behind the back of whoever ends everything.
    closing.abort();
    await faults.settled();
    probe.close();
    servers.forEach((server) => server.close());
    progress.stop();
  }
}

function prepareFaults(
  stage: Stage,
  chronicle: Chronicle,
  { method, processes, seed, faults: kinds }: Options,
  parts: Pick<Parameters<typeof createFaultRun>[0], 'probe' | 'signal' | 'onFault'>,
): FaultRun {
  const steps = method === 'fenced' ? FENCED_STEPS : FLAG_STEPS;
  const faults = drawFaults({
    steps,
    ...(kinds !== undefined && { kinds }),
    shops: processes,
    hasCrew: stage.crew !== undefined,
    hasRedis: stage.cache.server !== undefined,
    random: createRandom(seed, STREAMS.faults),
  });
  for (const fault of faults) chronicle.tell(`drawn: ${describeFault(fault, steps[fault.step] as (typeof steps)[0])}`);
  return createFaultRun({ stage, crew: stage.crew, steps, faults, chronicle, now, ...parts });
}

function walk(options: WalkOptions<FencedPlan | FlagPlan>, { staggerMs }: Options): Promise<Walked> {
  const { plan } = options;
  return 'pauseMs' in plan
    ? walkFenced({ ...options, plan })
    : walkFlags({ ...options, plan }, staggerMs === undefined);
}

/** A cache that never forgets would hide for the length of a rehearsal what the databases have lost. */
const keepEvicting = (stage: Stage, random: Random): NodeJS.Timeout =>
  // While it is away it has forgotten everything anyway.
  setInterval(() => void stage.cache.evict(EVICTED_PART, random).catch(() => undefined), EVICT_EVERY_MS);

/** Whatever fails has to have a reason among the faults, and not after them. */
function findUnexplained(watch: FailureWatch, faults: FaultRun, chronicle: Chronicle): void {
  for (const { at, what } of watch.unexplained(faults.excuses())) chronicle.find(what, at);
}

function createShoppers(
  stage: Stage,
  plan: FencedPlan | FlagPlan,
  options: Options,
  recorder: Recorder,
  history: History,
  servers: readonly HttpClient[],
): Shopper[] {
  const { accounts, productIds } = stage.databases.stock;
  return accounts.map((account, shopper) =>
    createShopper({
      shopper,
      random: createRandom(options.seed, shopper),
      servers,
      productIds,
      account,
      ageMs: plan.sessionAgeSeconds * 1_000,
      witness: recorder.witness,
      history,
      now,
    }),
  );
}

interface Found {
  readonly recorder: Recorder;
  readonly checked: HistoryReport;
  readonly rows: Report['rows'];
  readonly faults: FaultRun;
  readonly chronicle: Chronicle;
}

function report(
  stage: Stage,
  plan: FencedPlan | FlagPlan,
  options: Options,
  { recorder, checked, rows, faults, chronicle }: Found,
): Report {
  const { method, shoppers, seconds, processes, seed, staggerMs } = options;
  return {
    ...recorder.tally(),
    ...checked,
    steps: recorder.steps(),
    rows,
    findings: recorder.findings(),
    faults: faults.reports(),
    serviceFindings: chronicle.findings(),
    chronicle: chronicle.notes(),
    seeds: [seed],
    options: { method, shoppers, seconds, processes, staggerMs, sessionAgeSeconds: plan.sessionAgeSeconds },
    processes: stage.fleet.processes.map(({ pid, port, flagDelayMs }) => ({ pid: pid(), port, flagDelayMs })),
    cache: stage.cache.description,
  };
}
