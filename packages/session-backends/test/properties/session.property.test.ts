import fc from 'fast-check';
import {
  createSessions,
  memoryStore,
  type Session,
  type SessionKey,
  type SessionStore,
} from '@switchyard/session-backends';
import { BUCKETS, type MemorySite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { BROKEN_STORES } from '../support/broken-stores.ts';
import { assertHolds, findCounterexample, PROPERTY_TIMEOUT_MS, replayedCommands } from '../support/check-property.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { REQUESTS, sessionCommands, START, type RealSessions } from '../support/session-commands.ts';
import { modelSession, newModelSession, type ModelWorld } from '../support/session-model.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const TTL_MS = 10_000;

interface Setup {
  readonly store: SessionStore;
  /** The same, before something was broken. */
  readonly plain?: SessionStore;
  readonly ttlMs: number;
  readonly resolve: ModelWorld['resolve'];
  /** Milliseconds since 1970, by the clock of the process and by the store's. */
  readonly now: () => number;
  readonly storeNow: () => number;
  readonly pass: (ms: number) => void;
}

/** One session, and some requests that have its key. */
async function setUp(given: Setup): Promise<{ model: ModelWorld; real: RealSessions }> {
  const { store, plain = store, ttlMs, resolve, now, storeNow, pass } = given;
  const sessions = createSessions({ store, now, ttlMs, ...(resolve === 'last' && { resolve }) });
  const model: ModelWorld = { rows: new Map(), sessions: [], ttlMs, resolve, now, storeNow, epoch: 1, keys: 0 };
  const values = { a: 0, basket: { x: 1 } };
  const first = createSessions({ store: plain, now, ttlMs }).open();
  await first.update(() => values);
  modelSession(model, newModelSession(undefined)).update(() => values);
  const key = first.sessionKey as SessionKey;
  const real = { sessions, store, open: [] as Session[], keys: [key], versions: new Map(), pass };
  for (let i = 0; i < REQUESTS; i++) {
    model.sessions.push(newModelSession(0));
    real.open.push(sessions.open(key));
  }
  return { model, real };
}

/** A move there and back: from now on versions are of a later epoch. */
const raise = fc.constant<fc.AsyncCommand<ModelWorld, RealSessions & { readonly site: MemorySite }>>({
  check: () => true,
  run: async (world, { site }) => {
    world.epoch += 2;
    for (let bucket = 0; bucket < BUCKETS; bucket++) site.setFence(bucket, { epoch: world.epoch });
  },
  toString: () => 'the fences rise',
});

const resolve = fc.constantFrom('refuse' as const, 'last' as const);

const inMemory = (breakStore: (store: SessionStore) => SessionStore = (store) => store) =>
  fc.asyncProperty(
    fc.commands([...sessionCommands(TTL_MS), raise], { maxCommands: 40, ...replayedCommands }),
    resolve,
    (commands, resolved) =>
      fc.asyncModelRun(async () => {
        let at = START;
        const now = (): number => at;
        const memory = memoryStore({ now });
        const pass = (ms: number): void => void (at += ms);
        const store = breakStore({ load: memory.load, apply: memory.apply });
        const { model, real } = await setUp({
          store,
          plain: memory,
          ttlMs: TTL_MS,
          resolve: resolved,
          now,
          storeNow: now,
          pass,
        });
        return { model, real: { ...real, site: memory.site } };
      }, commands),
  );

describe('the sessions of several requests behave like plain data', () => {
  it('in memory, while time passes and the fences rise', () => assertHolds(inMemory(), 1000), PROPERTY_TIMEOUT_MS);

  it(
    'in PostgreSQL, whose clock nobody moves',
    async () => {
      const ttlMs = 3_600_000;
      const list = fc.commands(sessionCommands(ttlMs), { maxCommands: 30, ...replayedCommands });
      await assertHolds(
        fc.asyncProperty(list, resolve, (commands, resolved) =>
          fc.asyncModelRun(async () => {
            let at = START;
            const store = databaseStore(databases.main);
            const pass = (ms: number): void => void (at += ms);
            return setUp({ store, ttlMs, resolve: resolved, now: () => at, storeNow: Date.now, pass });
          }, commands),
        ),
        60,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it.each(Object.entries(BROKEN_STORES))(
    'or not, when %s',
    async (_name, broken) => {
      expect(await findCounterexample(inMemory(broken), 5000)).toContain('expect(');
    },
    PROPERTY_TIMEOUT_MS,
  );
});
