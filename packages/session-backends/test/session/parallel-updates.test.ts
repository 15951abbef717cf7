import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  cachedStore,
  createSessions,
  encodeKey,
  memoryCache,
  memoryStore,
  pgExecutor,
  type SessionKey,
  type SessionStore,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { FLAGS } from '../support/contract-stores.ts';
import { startBasketProcesses, type BasketProcesses } from '../support/basket-processes.ts';
import { putLines, type Basket } from '../support/put-lines.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { openSharedBackends, type SharedBackends } from '../support/shared-backends.ts';
import { sqlWithout } from '../support/without-rule.ts';

const UPDATES = 64;
const PROCESSES = 4;

let databases: TestDatabases;
let redis: TestRedis;
let shared: SharedBackends;
let processes: BasketProcesses;
beforeAll(async () => {
  [databases, redis] = await Promise.all([openTestDatabases(), openTestRedis()]);
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const where = { ...databases.urls, redis: url, prefix: redis.prefix };
  shared = openSharedBackends(where);
  processes = await startBasketProcesses(PROCESSES, where);
}, 60_000);
afterAll(async () => {
  await Promise.all([processes.close(), shared.close()]);
  await Promise.all([databases.close(), redis.close()]);
});

const SHARED = [
  'database over pg',
  'database over Prisma',
  'Redis alone',
  'database behind Redis',
  'database behind a coherent Redis',
  ...Object.keys(FLAGS).map((name) => `migrating, ${name}`),
];

async function newBasket(store: SessionStore): Promise<string> {
  const session = createSessions<Basket>({ store }).open();
  await session.update(() => ({ lines: {} }));
  return String(session.sessionKey);
}

const linesIn = async (store: SessionStore, sessionKey: string): Promise<number> =>
  Object.keys((await createSessions<Basket>({ store }).open(sessionKey).get('lines')) ?? {}).length;

/** In one process, whose requests take turns, or in several that know nothing of each other. How many lines there are then. */
async function linesAfter(stores: readonly SessionStore[]): Promise<number> {
  const [store] = stores as [SessionStore];
  const sessionKey = await newBasket(store);
  const count = UPDATES / stores.length;
  await Promise.all(
    stores.map((each, i) => putLines(createSessions<Basket>({ store: each }), { sessionKey, by: `${i}`, count })),
  );
  return linesIn(store, sessionKey);
}

describe('64 updates of one session at once', () => {
  const local: Readonly<Record<string, () => SessionStore>> = {
    memory: () => memoryStore(),
    'database behind memory': () =>
      cachedStore({ store: shared.stores['database over pg'] as SessionStore, cache: memoryCache() }),
    ...Object.fromEntries(SHARED.map((name) => [name, () => shared.stores[name] as SessionStore])),
  };

  it.each(Object.entries(local))('lose nothing in one process: %s', async (_name, open) => {
    expect(await linesAfter([open()])).toBe(UPDATES);
  });

  it.each(Object.entries(local))(
    'lose nothing where the requests do not wait for each other: %s',
    async (_name, open) => {
      expect(await linesAfter(new Array<SessionStore>(PROCESSES).fill(open()))).toBe(UPDATES);
    },
  );

  it.each(SHARED)('lose nothing in four real processes: %s', async (name) => {
    const store = shared.stores[name] as SessionStore;
    const sessionKey = await newBasket(store);
    await processes.put(name, { sessionKey, count: UPDATES / PROCESSES });
    expect(await linesIn(store, sessionKey)).toBe(UPDATES);
    if (!FLAGS[name.replace('migrating, ', '')]?.migrationFlag) return;
    const [ours, theirs] = await Promise.all(
      [databases.main, databases.sessions].map((pool) => rowIn(pool, sessionKey)),
    );
    expect(ours).toBeDefined();
    expect(theirs).toEqual(ours);
  });

  it('lose some without the comparison of versions', async () => {
    const compare = { text: 'and ($8::bigint is null or s.version = $8)', without: 'and ($8::bigint is null or true)' };
    const executor = sqlWithout(pgExecutor(databases.main), /^sy_update/, compare);
    const open = (): SessionStore => fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    expect(await linesAfter(Array.from({ length: PROCESSES }, open))).toBeLessThan(UPDATES);
  });
});

async function rowIn(pool: TestDatabases['main'], sessionKey: string): Promise<unknown> {
  const columns = 'data, expires_at::text, version::text, user_id';
  const { rows } = await pool.query(`select ${columns} from session where session_key = $1`, [
    encodeKey(sessionKey as SessionKey),
  ]);
  return rows[0];
}
