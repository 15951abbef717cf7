import fc from 'fast-check';
import {
  createSessions,
  encodeKey,
  SessionError,
  SqlFailure,
  type SessionKey,
  type Sessions,
  type SessionStore,
} from '@switchyard/session-backends';
import { fencedStore, memorySite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { BROKEN_STORES } from '../support/broken-stores.ts';
import { assertHolds, findCounterexample, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { drawnFaults, faulty, type DrawnFault } from '../support/faulty.ts';
import { scheduled } from '../support/scheduled.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

interface Data {
  /** How often a line was put in by `update(fn)`. */
  n: number;
  lines: Record<string, 'by a function' | 'by a save'>;
}

type Step = 'update by a function' | 'change and save' | 'read' | 'cycleKey' | 'login' | 'touch' | 'logout';

/** One request after the other has its steps; `process` says where it is served. */
interface Request {
  readonly process: number;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>('update by a function') },
  { weight: 3, arbitrary: fc.constant<Step>('change and save') },
  fc.constantFrom<Step>('read', 'touch', 'cycleKey', 'login', 'logout'),
);
const requests: fc.Arbitrary<Request[]> = fc.array(
  fc.record({ process: fc.nat({ max: 1 }), steps: fc.array(step, { minLength: 1, maxLength: 4 }) }),
  { minLength: 2, maxLength: 4 },
);

/** What the requests were told. */
interface Log {
  /** Each line that was acknowledged, and under which key. */
  readonly lines: Map<string, SessionKey>;
  readonly renamed: Map<SessionKey, SessionKey>;
  readonly destroyed: Set<SessionKey>;
  /** Some step may have happened, or not. */
  isUnsure: boolean;
}

/** The key that a session goes by in the end. */
function lastOf(key: SessionKey, { renamed }: Log): SessionKey {
  let last = key;
  for (let next = renamed.get(last); next !== undefined; next = renamed.get(last)) last = next;
  return last;
}

async function serve(
  sessions: Sessions<Data>,
  key: SessionKey,
  steps: readonly Step[],
  name: string,
  log: Log,
): Promise<void> {
  const session = sessions.open(key);
  for (const [index, each] of steps.entries()) {
    const line = `${name}.${index}`;
    let before: SessionKey | undefined;
    try {
      // An unknown key is forgotten then: it is not what is renamed.
      if (each === 'cycleKey' || each === 'login') await session.get('n');
      before = session.sessionKey;
      switch (each) {
        case 'update by a function':
          await session.update((data) => {
            data.n = (data.n ?? 0) + 1;
            data.lines = { ...data.lines, [line]: 'by a function' };
          });
          break;
        case 'change and save':
          await session.set('lines', { ...(await session.get('lines', {})), [line]: 'by a save' });
          await session.save();
          break;
        case 'read':
          await session.get('n');
          break;
        case 'touch':
          await session.touch();
          break;
        case 'cycleKey':
        case 'login':
          await (each === 'login' ? session.login('ada') : session.cycleKey());
          break;
        case 'logout':
          await session.logout();
          if (before !== undefined) log.destroyed.add(before);
          break;
      }
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error.code === 'SESSION_UNKNOWN_OUTCOME') log.isUnsure = true;
      else if (error.code !== 'SESSION_UNAVAILABLE') expect(error.code).toBe('SESSION_GONE');
      // As a request would: what it had in mind is given up.
      return;
    }
    const after = session.sessionKey;
    if (after === undefined) continue;
    if (each === 'update by a function' || each === 'change and save') log.lines.set(line, after);
    if ((each === 'cycleKey' || each === 'login') && before !== undefined) log.renamed.set(before, after);
  }
}

interface World {
  /** The store as a process has it. */
  open(process: number): SessionStore;
  readonly plain: SessionStore;
  now(): number;
}

async function run(world: World, scheduler: fc.Scheduler, list: readonly Request[]): Promise<void> {
  const processes = [0, 1].map((process) =>
    createSessions<Data>({ store: world.open(process), now: world.now, touchAfterMs: 0 }),
  );
  const first = createSessions<Data>({ store: world.plain, now: world.now }).open();
  await first.update(() => ({ n: 0, lines: {} }));
  const key = first.sessionKey as SessionKey;
  const log: Log = { lines: new Map(), renamed: new Map(), destroyed: new Set(), isUnsure: false };
  await scheduler.waitFor(
    Promise.all(
      list.map(({ process, steps }, i) => serve(processes[process] as Sessions<Data>, key, steps, String(i), log)),
    ),
  );
  await check(
    world.plain,
    key,
    log,
    list.some(({ steps }) => steps.includes('logout')),
  );
}

async function check(store: SessionStore, first: SessionKey, log: Log, hasLogout: boolean): Promise<void> {
  const keys = [
    ...new Set([first, ...log.lines.values(), ...log.renamed.keys(), ...log.renamed.values(), ...log.destroyed]),
  ];
  const found = await store.load(keys.map((key) => encodeKey(key)));
  const live = new Map<SessionKey, Data>();
  keys.forEach((key, i) => {
    const result = found[i];
    if (result?.status !== 'found') return;
    const { n = 0, lines = {} } = JSON.parse(result.record.data) as Partial<Data>;
    live.set(key, { n, lines });
  });
  for (const key of [...log.destroyed, ...log.renamed.keys()])
    if (live.has(key)) throw new Error('a key that was given up is live');
  for (const { n, lines } of live.values()) {
    // Each call of a function counts once, however often it ran.
    if (n !== Object.values(lines).filter((how) => how === 'by a function').length)
      throw new Error('a function counts twice, or half of what it did is lost');
  }
  // Where the answer to a rename was lost, nobody knows the session's key any more.
  if (log.isUnsure) return;
  for (const [line, key] of log.lines) {
    const last = lastOf(key, log);
    if (log.destroyed.has(last)) continue;
    if (live.get(last)?.lines[line] === undefined) throw new Error('what was acknowledged is lost');
  }
  if (!hasLogout && live.size === 0) throw new Error('the session is lost');
}

const inMemory = (breakStore: (store: SessionStore) => SessionStore = (store) => store, faults = drawnFaults) =>
  fc.asyncProperty(fc.scheduler(), requests, faults, (scheduler, list, drawn) => {
    let at = Date.UTC(2030, 0, 1);
    const site = memorySite({ name: 'old', now: () => at });
    const left: DrawnFault[] = [...drawn];
    const { name, ...calls } = {
      name: site.name,
      fences: site.fences,
      load: site.load,
      write: site.write,
      copy: site.copy,
    };
    const failing = faulty(calls, left, (outcome) => new SqlFailure(outcome, new Error('on purpose')));
    return run(
      {
        open: (process) =>
          breakStore(fencedStore({ sites: [{ ...scheduled(scheduler, `${process}: site`, failing), name }] })),
        plain: fencedStore({ sites: [site] }),
        now: () => at++,
      },
      scheduler,
      list,
    );
  });

describe('requests at once, of several processes, with every exchange in a drawn order', () => {
  it(
    'lose nothing and bring nothing back in memory, when answers are lost, too',
    () => assertHolds(inMemory(), 300),
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'lose nothing and bring nothing back in PostgreSQL',
    () =>
      assertHolds(
        fc.asyncProperty(fc.scheduler(), requests, (scheduler, list) => {
          const plain = databaseStore(databases.main);
          const open = (process: number): SessionStore =>
            scheduled(scheduler, `${process}: store`, databaseStore(databases.main));
          return run({ open, plain, now: Date.now }, scheduler, list);
        }),
        40,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  it.each(Object.entries(BROKEN_STORES))(
    'are found out when %s',
    async (_name, broken) => {
      expect(await findCounterexample(inMemory(broken, fc.constant([])), 3000)).toMatch(
        /lost|given up is live|counts twice|SESSION_GONE/,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
