import { AsyncLocalStorage } from 'node:async_hooks';
import type { ApplyResult, LoadResult, SessionOperation, SessionStore, StoredKey } from '@switchyard/session-backends';
import type { MemorySite, Site, SiteName } from '@switchyard/session-backends/fence';
import { NEVER, type Call } from '../../../src/model/history.ts';
import type { Run } from './explore.ts';
import type { Code } from './load-code.ts';
import { createMover } from './mover.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { Act, Scenario } from './scenario.ts';
import { createSchedule, type Schedule, type Step } from './schedule.ts';
import { scheduledSite } from './scheduled-site.ts';

export interface ClientRunOptions {
  readonly code: Code;
  readonly scenario: Scenario;
  /** Changes the sites as the processes reach them. */
  readonly bend?: (site: Site) => Site;
}

const BUCKET = 16;
const MOVE = '00000000-0000-0000-0000-00000000000a';
const LATER = new Date('2100-01-01T00:00:00Z');
/** Far more than any run that ends. */
const STEPS_AT_MOST = 2_000;
const BEGINS = 'begins';
const keyOf = (index: number): StoredKey => `10${String(index).repeat(62)}` as StoredKey;

/** Whose request it is that is being worked on, wherever in the client. */
const current = new AsyncLocalStorage<{ readonly lane: string; readonly request: number }>();

/** Not among what the test's clock fakes. */
const { setImmediate: nextTurn } = globalThis;

/**
 * Real stores, one per process, over two sites in memory during a move. Every statement is carried out, and every answer
 * arrives, when the schedule says so; jest's fake timers have to be on, and fire when the schedule says so, too.
 */
export function beginClientRun({ code, scenario, bend = (site) => site }: ClientRunOptions): Run {
  const sites = openSites(code, scenario);
  const schedule = createSchedule();
  const recorder = createRecorder(scenario.start);
  scenario.start.forEach((_, key) => recorder.wrote(keyOf(key), firstVersion(code), 0));
  let faults = 0;
  let steps = 0;
  let working = 0;
  let ended = false;
  let beginning: string | undefined;

  const spawn = (work: Promise<void>): void => {
    working++;
    void work.catch((error: unknown) => recorder.complain(`a task failed: ${String(error)}`)).finally(() => working--);
  };

  const openStore = (process: string): SessionStore => {
    const reach = (real: MemorySite): Site =>
      bend(
        scheduledSite({
          code,
          schedule,
          real,
          answersTravel: scenario.answersTravel === true,
          currentTask: () => current.getStore()?.lane ?? process,
          onWrite: (write) => {
            const request = current.getStore()?.request ?? 0;
            const key = write.kind === 'rename' ? write.newKey : write.key;
            return ({ version }) => version !== undefined && recorder.wrote(key, version, request);
          },
        }),
      );
    return code.fence.fencedStore({ sites: [reach(sites.old), reach(sites.new)] });
  };

  const client = { schedule, recorder, sameBytes: scenario.sameBytes === true, mustAnswer: () => faults === 0 };
  const stores = scenario.processes.map((lanes, n) => {
    const store = openStore(`process ${n}`);
    lanes.forEach((acts, i) =>
      spawn(runLane(client, store, lanes.length > 1 ? `process ${n}.${i}` : `process ${n}`, acts)),
    );
    return store;
  });
  const mover = createMover({ code, schedule, sites, bucket: BUCKET });
  spawn(mover.move(scenario.hops));
  if (scenario.workerRounds !== undefined) spawn(mover.work(scenario.workerRounds));

  const counted = (step: Step): Step => ({
    ...step,
    take: () => {
      if (step.fault) faults++;
      beginning = step.text.startsWith(BEGINS) ? step.task : undefined;
      if (++steps > STEPS_AT_MOST) recorder.complain('it does not come to an end');
      // Whoever keeps what it has found out for a while may ask again at once: time passes between any two steps.
      jest.setSystemTime(Date.now() + 1_000);
      step.take();
    },
  });
  const clock: Step = {
    task: 'clock',
    text: 'a pause ends',
    fault: false,
    take: () => void jest.advanceTimersToNextTimer(),
  };
  const end: Step = {
    task: 'end',
    text: 'what is still under way never arrives',
    fault: false,
    take: () => void (ended = true),
  };

  const possible = (): Step[] => {
    const now = [...schedule.steps(), ...(jest.getTimerCount() > 0 ? [clock] : [])];
    // A request that begins later has to be answered more strictly: so each begins together with its first statement.
    const first = now.filter(({ task }) => task === beginning);
    if (first.length > 0) return first.map(counted);
    if (working > 0) return now.map(counted);
    return ended || now.length === 0 ? [] : [...now.map(counted), end];
  };
  const rest = (): Promise<void> => new Promise((resolve) => nextTurn(resolve));

  /** Whatever has gone wrong before, now everything answers: each process has to find what one table would hold. */
  const finish = async (): Promise<void> => {
    if (working > 0) return recorder.complain('something waits for ever');
    const fresh = code.fence.fencedStore({ sites: [sites.old, sites.new] });
    const probe = { ...client, mustAnswer: () => true };
    for (const store of [...stores, fresh]) {
      working++;
      const loads = scenario.start.map((_, key): Act => ({ kind: 'load', key }));
      const done = runLane(probe, store, 'end', loads).finally(() => working--);
      for (let next = await firstWithoutFault(); next !== undefined; next = await firstWithoutFault())
        counted(next).take();
      await done;
    }
  };
  const firstWithoutFault = async (): Promise<Step | undefined> => {
    await rest();
    return working > 0 ? possible().find(({ fault, task }) => !fault && task !== 'network') : undefined;
  };

  return { steps: possible, rest, finish, problem: recorder.problem };
}

const firstVersion = ({ fence }: Code): number => fence.versionOf(1, 5);

function openSites(code: Code, { start }: Scenario): Record<SiteName, MemorySite> {
  const { memorySite } = code.fence;
  const sites = {
    old: memorySite({ name: 'old', fence: { moveId: MOVE, capture: true } }),
    new: memorySite({ name: 'new', fence: { moveId: MOVE, state: 'idle' } }),
  };
  start.forEach((value, key) => {
    if (value === null) return;
    const row = { data: String(value), expiresAt: LATER, userId: null, version: firstVersion(code) };
    sites.old.rows.set(keyOf(key), row);
  });
  return sites;
}

interface Client {
  readonly schedule: Schedule;
  readonly recorder: Recorder;
  readonly sameBytes: boolean;
  /** Nothing has failed, so that nothing may be unavailable. */
  readonly mustAnswer: () => boolean;
}

async function runLane(client: Client, store: SessionStore, lane: string, acts: readonly Act[]): Promise<void> {
  const seen = new Map<number, number>();
  for (const act of acts) {
    await client.schedule.moment(lane, `${BEGINS} a ${act.kind} of key ${act.key}`);
    await perform(client, store, lane, act, seen);
  }
}

/** `seen`: the versions that the lane has loaded last, by key. */
async function perform(
  client: Client,
  store: SessionStore,
  lane: string,
  act: Act,
  seen: Map<number, number>,
): Promise<void> {
  const { recorder } = client;
  const key = keyOf(act.key);
  const expected = 'loaded' in act && act.loaded ? seen.get(act.key) : undefined;
  const expectedWriter = expected === undefined ? null : recorder.writerOf(key, expected);
  const valueOf = (request: number): number => (client.sameBytes ? 1 : request);
  const request = recorder.invoke((id) => callOf(act, valueOf(id), expectedWriter));
  const context = { lane, request };
  if (act.kind === 'load') {
    const [result] = (await current.run(context, () => store.load([key]))) as [LoadResult];
    if (result.status === 'found') seen.set(act.key, result.record.version);
    return judgeLoad(client, request, result);
  }
  // The newer row that a conflict brings along is as good as one that was loaded.
  const peek = expected === undefined ? undefined : recorder.invoke(() => ({ kind: 'load', key: act.key }));
  const operation = operationOf(act, String(valueOf(request)), expected);
  const [result] = (await current.run(context, () => store.apply([operation]))) as [ApplyResult];
  seen.delete(act.key);
  judgeWrite(client, request, result);
  if (peek === undefined) return;
  if (result.status === 'conflict') recorder.answer(peek, Number(result.current.data));
  else recorder.withdraw(peek);
}

function judgeLoad({ recorder, mustAnswer }: Client, request: number, result: LoadResult): void {
  if (result.status === 'found') return recorder.answer(request, Number(result.record.data));
  if (result.status === 'absent') return recorder.answer(request, 'absent');
  recorder.withdraw(request);
  if (mustAnswer()) recorder.complain(`a load is unavailable although nothing fails: ${String(result.cause)}`);
}

function judgeWrite({ recorder, mustAnswer }: Client, request: number, result: ApplyResult): void {
  if (result.status !== 'unavailable') return recorder.answer(request, result.status);
  if (result.outcome === 'none') recorder.withdraw(request);
  if (mustAnswer()) recorder.complain(`a write is unavailable although nothing fails: ${String(result.cause)}`);
}

function callOf(act: Act, value: number, expected: number | null): Call {
  const { key } = act;
  switch (act.kind) {
    case 'load':
    case 'destroy':
      return { kind: act.kind, key };
    case 'touch':
      return { kind: 'touch', key, expires: NEVER };
    case 'create':
    case 'createFresh':
      return { kind: 'create', key, value, expires: NEVER };
    case 'save':
    case 'rename':
      return { kind: act.kind, key, value, expires: NEVER, expected };
  }
}

function operationOf(
  act: Exclude<Act, { kind: 'load' }>,
  data: string,
  expectedVersion: number | undefined,
): SessionOperation {
  const key = keyOf(act.key);
  const body = { key, data, expiresAt: LATER, userId: null };
  switch (act.kind) {
    case 'save':
      return { kind: 'update', ...body, expectedVersion };
    case 'rename':
      return { kind: 'rename', ...body, newKey: keyOf(act.key + 1), expectedVersion };
    case 'create':
      return { kind: 'create', ...body, fresh: false };
    case 'createFresh':
      return { kind: 'create', ...body, fresh: true };
    case 'touch':
      return { kind: 'touch', key, expiresAt: LATER };
    case 'destroy':
      return { kind: 'destroy', key };
    case 'load':
      throw new TypeError('a load is not written');
  }
}
