import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import type { StoredKey } from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { Redis } from 'ioredis';
import { create, dataOf, ok, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { startRedis, type RedisProcess } from '../support/redis-process.ts';
import { untilCached } from '../support/until-cached.ts';

type Backends = typeof import('@switchyard/session-backends');
type ServerModule = typeof import('../../src/cache/redis-server.ts');

const SERVER = require.resolve('../../src/cache/redis-server.ts');
const TIMEOUT_MS = 60;
const REQUESTS = 25;
/** After so many the breaker opens. */
const FAILURES = 5;

let databases: TestDatabases;
let server: RedisProcess;
let redis: Redis;
beforeAll(async () => {
  [databases, server] = await Promise.all([openTestDatabases(), startRedis()]);
  redis = new Redis(server.port, '127.0.0.1', { lazyConnect: true });
});
afterEach(() => server.signal('SIGCONT'));
afterAll(async () => {
  redis.disconnect();
  await Promise.all([databases.close(), server.close()]);
});

/** The real code, but for the breaker: it never opens. */
async function withoutBreaker(): Promise<Backends> {
  let backends: Backends | undefined;
  await jest.isolateModulesAsync(async () => {
    jest.doMock(SERVER, () => {
      const real = jest.requireActual<ServerModule>(SERVER);
      const redisServer: ServerModule['redisServer'] = (connection, options) =>
        real.redisServer(connection, { ...options, failures: Infinity });
      return { ...real, redisServer };
    });
    backends = await import('@switchyard/session-backends');
  });
  jest.dontMock(SERVER);
  return backends as Backends;
}

let count = 0;
function openStore({ cachedStore, pgExecutor, postgresCacheRegister, sharedRedisCache }: Backends) {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const register = postgresCacheRegister({ executor: pgExecutor(databases.main), name: `down-${++count}` });
  const times = { heartbeatMs: 50, trustMs: 300, offMs: 900 };
  const cache = sharedRedisCache({ redis, registers: [register], timeoutMs: TIMEOUT_MS, times, onError });
  const database = new FaultyStore(databaseStore(databases.main));
  return {
    store: cachedStore({ store: database, cache, onCacheError: onError }),
    database,
    /** How often somebody has waited for Redis in vain. */
    waits: () => errors.filter((error) => /did not answer within/.test(String(error))).length,
    close: () => cache.close(),
  };
}

type Opened = ReturnType<typeof openStore>;

/** Redis stops: it still accepts what is sent to it, and never answers. */
async function stopRedis({ store, database }: Opened): Promise<StoredKey> {
  const key = newKey();
  await ok(databaseStore(databases.main), create(key));
  await untilCached(store, database, key);
  server.signal('SIGSTOP');
  return key;
}

async function read({ store }: Opened, key: StoredKey): Promise<void> {
  for (let n = 0; n < REQUESTS; n++) expect(await dataOf(store, key)).toBe('{"n":0}');
}

describe('a Redis that accepts and never answers', () => {
  it('delays a few requests and then none, and writes go on', async () => {
    const opened = openStore(await import('@switchyard/session-backends'));
    const key = await stopRedis(opened);
    await read(opened, key);
    expect(opened.waits()).toBeGreaterThan(0);
    expect(opened.waits()).toBeLessThanOrEqual(FAILURES);
    for (let n = 1; n <= 5; n++) {
      await ok(opened.store, update(key, { data: `${n}` }));
      expect(await dataOf(opened.store, key)).toBe(`${n}`);
    }
    expect(opened.waits()).toBeLessThanOrEqual(FAILURES);
    server.signal('SIGCONT');
    await untilCached(opened.store, opened.database, key);
    expect(await dataOf(opened.store, key)).toBe('5');
    await opened.close();
  });

  it('goes on delaying requests without the breaker', async () => {
    const opened = openStore(await withoutBreaker());
    await read(opened, await stopRedis(opened));
    expect(opened.waits()).toBeGreaterThan(REQUESTS / 2);
    await opened.close();
  });
});
