import { setTimeout as sleep } from 'node:timers/promises';
import {
  cachedStore,
  drawSessionKey,
  encodeKey,
  pgExecutor,
  postgresCacheRegister,
  sharedRedisCache,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { Redis } from 'ioredis';
import { timed } from '../support/cache-process.ts';
import { layCountingCable, type CountingCable } from '../support/counting-cable.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';

/** What is waited for and does not come takes this long. */
const TIMEOUT_MS = 2_000;

let databases: TestDatabases;
let servers: TestRedis;
let cable: CountingCable;
let redis: Redis;
let cache: ReturnType<typeof sharedRedisCache>;
let store: SessionStore;
let statements = 0;

const later = (): Date => new Date(Date.now() + 60_000);
const newKey = (): StoredKey => encodeKey(drawSessionKey());
const body = (data: string) => ({ data, expiresAt: later(), userId: null });
const create = (key: StoredKey): SessionOperation => ({ kind: 'create', key, ...body('0'), fresh: true });
const update = (key: StoredKey): SessionOperation => ({
  kind: 'update',
  key,
  ...body('1'),
  expectedVersion: undefined,
});

beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
  const { host = '127.0.0.1', port = 6379 } = servers.redis.options;
  cable = await layCountingCable(port, host);
  redis = new Redis(cable.port, '127.0.0.1', { enableAutoPipelining: true, lazyConnect: true });
  const direct = pgExecutor(databases.main);
  cache = sharedRedisCache({
    redis,
    registers: [databases.main, databases.sessions].map((pool) =>
      postgresCacheRegister({ executor: pgExecutor(pool), name: 'round-trips' }),
    ),
    prefix: servers.prefix,
    times: { heartbeatMs: 100, trustMs: 1_500 },
    timeoutMs: TIMEOUT_MS,
  });
  const executor: typeof direct = {
    query: (...args) => {
      statements++;
      return direct.query(...args);
    },
  };
  store = cachedStore({ store: fencedStore({ sites: [postgresSite({ name: 'old', executor })] }), cache });
  // Until the cache is used, and has each of its scripts.
  const key = newKey();
  await store.apply([create(key)]);
  for (let before = -1; before !== statements;) {
    before = statements;
    await store.load([key]);
    await sleep(20);
  }
  await cache.get([newKey(), newKey()]);
});
afterAll(async () => {
  await cache.close();
  redis.disconnect();
  await cable.close();
  await Promise.all([databases.close(), servers.close()]);
});

/** What it costs: statements at the database, exchanges with Redis and the commands in them. */
async function costOf(
  work: () => Promise<unknown>,
): Promise<{ statements: number; exchanges: number; commands: number }> {
  statements = 0;
  cable.reset();
  await work();
  return { statements, ...cable.sent };
}

/** Sessions that are in the database and in the cache. */
async function cached(count: number): Promise<StoredKey[]> {
  const keys = Array.from({ length: count }, newKey);
  await store.apply(keys.map(create));
  return keys;
}

describe.each([1, 20])('of %d at once', (count) => {
  it('a cached read is one exchange with Redis and nothing else', async () => {
    const keys = await cached(count);
    expect(await costOf(() => store.load(keys))).toEqual({ statements: 0, exchanges: 1, commands: 1 });
  });

  it('a read that misses leaves its token, and is one statement; nobody waits for the fill that follows', async () => {
    const keys = await cached(count);
    await cache.change(keys.map((key) => ({ kind: 'drop', key })));
    // Several are read first, by one plain command, and the tokens of those that miss are left by another.
    const before = count === 1 ? 1 : 2;
    const cost = await costOf(async () => {
      const release = cable.holdAfter(before);
      const waited = await timed(store.load(keys));
      release();
      expect(waited).toBeLessThan(TIMEOUT_MS);
      for (let tries = 0; cable.sent.commands < before + 1 && tries < 100; tries++) await sleep(5);
    });
    expect(cost).toEqual({ statements: 1, exchanges: before + 1, commands: before + 1 });
    expect(await costOf(() => store.load(keys))).toMatchObject({ statements: 0, commands: 1 });
  });

  it.each([
    ['a create', (): SessionOperation => create(newKey())],
    ['a save', (key: StoredKey): SessionOperation => update(key)],
    ['a touch', (key: StoredKey): SessionOperation => ({ kind: 'touch', key, expiresAt: later() })],
    ['a destroy', (key: StoredKey): SessionOperation => ({ kind: 'destroy', key })],
  ])('%s is one statement and one exchange', async (_name, operation) => {
    const keys = await cached(count);
    const operations = keys.map(operation);
    expect(await costOf(() => store.apply(operations))).toEqual({ statements: 1, exchanges: 1, commands: 1 });
    expect(await costOf(() => store.load(keys))).toMatchObject({ statements: 0 });
  });
});

describe('of 20 callers at the same time', () => {
  it('the reads are one command, and one statement if they miss', async () => {
    const keys = await cached(20);
    const loadEach = () => Promise.all(keys.map((key) => store.load([key])));
    expect(await costOf(loadEach)).toEqual({ statements: 0, exchanges: 1, commands: 1 });
    await cache.change(keys.map((key) => ({ kind: 'drop', key })));
    expect(await costOf(loadEach)).toMatchObject({ statements: 1 });
  });

  it('the saves are one statement, and then one command', async () => {
    const keys = await cached(20);
    const saveEach = () => Promise.all(keys.map((key) => store.apply([update(key)])));
    expect(await costOf(saveEach)).toEqual({ statements: 1, exchanges: 1, commands: 1 });
    expect((await store.load(keys)).every((result) => result.status === 'found' && result.record.data === '1')).toBe(
      true,
    );
  });
});

it('a rename is one statement and one exchange, for both keys', async () => {
  const [key] = (await cached(1)) as [StoredKey];
  const newKeyOfBucket = (key.slice(0, 2) + newKey().slice(2)) as StoredKey;
  const rename: SessionOperation = {
    kind: 'rename',
    key,
    newKey: newKeyOfBucket,
    ...body('2'),
    expectedVersion: undefined,
  };
  expect(await costOf(() => store.apply([rename]))).toEqual({ statements: 1, exchanges: 1, commands: 1 });
  expect(await costOf(() => store.load([key, newKeyOfBucket]))).toMatchObject({ statements: 0, exchanges: 1 });
});
