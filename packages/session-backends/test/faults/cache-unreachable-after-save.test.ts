import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  cachedStore,
  pgExecutor,
  postgresCacheRegister,
  redisCache,
  sharedRedisCache,
  type SessionCache,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import type { Redis } from 'ioredis';
import { create, dataOf, destroy, ok, one, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { layCable, type Cable } from '../support/redis-process.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { untilCached } from '../support/until-cached.ts';

/** Shorter than in earnest, so that the tests are, too. */
const TIMES = { heartbeatMs: 50, trustMs: 300, offMs: 900 };

let databases: TestDatabases;
let servers: TestRedis;
beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
});
afterAll(() => Promise.all([databases.close(), servers.close()]));

/** A process, which reaches Redis by a cable of its own. */
interface Process {
  readonly store: SessionStore;
  readonly database: FaultyStore;
  readonly cable: Cable;
  close(): Promise<void>;
}

type OpenCache = (redis: Redis) => SessionCache & { close?(): Promise<void> };

async function startProcess(openCache: OpenCache): Promise<Process> {
  const { host = '127.0.0.1', port = 6379 } = servers.redis.options;
  const cable = await layCable(port, host);
  const redis = servers.redis.duplicate({
    host: '127.0.0.1',
    port: cable.port,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 30,
  });
  redis.on('error', () => undefined);
  const cache = openCache(redis);
  const database = new FaultyStore(databaseStore(databases.main));
  return {
    store: cachedStore({ store: database, cache }),
    database,
    cable,
    close: async () => {
      await cache.close?.();
      redis.disconnect();
      await cable.close();
    },
  };
}

/** A session that both have in their cache; one of them writes, and does not reach it. The answer, and what the other shows. */
async function writeWithoutCache(
  openCache: OpenCache,
  write: (key: StoredKey) => SessionOperation,
): Promise<[string, string | undefined]> {
  const [writer, other] = await Promise.all([startProcess(openCache), startProcess(openCache)]);
  try {
    const key = newKey();
    await ok(databaseStore(databases.main), create(key, { data: 'before' }));
    for (const { store, database } of [writer, other]) await untilCached(store, database, key);
    writer.cable.cut();
    const { status } = await one(writer.store, write(key));
    return [status, await dataOf(other.store, key)];
  } finally {
    await Promise.all([writer.close(), other.close()]);
  }
}

let count = 0;
const shared = (): OpenCache => {
  const name = `unreachable-${++count}`;
  const registers = [postgresCacheRegister({ executor: pgExecutor(databases.main), name })];
  return (redis) => sharedRedisCache({ redis, prefix: servers.prefix, registers, timeoutMs: 100, times: TIMES });
};
const plain = (): OpenCache => (redis) => redisCache({ redis, prefix: servers.prefix });

/** What most stores do: the row is saved, and what becomes of the cache is not its writer's business. */
const swallowing =
  (openCache: OpenCache): OpenCache =>
  (redis) => {
    const cache = openCache(redis);
    return { ...cache, change: (changes) => cache.change(changes).catch(() => undefined) };
  };

const WRITES = [
  ['a save', (key: StoredKey) => update(key, { data: 'after' }), 'after'],
  ['a logout', destroy, undefined],
] as const;

describe.each(WRITES)('%s that cannot be told to the cache', (_name, write, after) => {
  it('is done when nobody is shown the old entry any more', async () => {
    expect(await writeWithoutCache(shared(), write)).toEqual(['ok', after]);
  });

  it('is not called done where others may go on seeing the old entry', async () => {
    expect(await writeWithoutCache(plain(), write)).toEqual(['unavailable', 'before']);
  });

  it('is called done and not seen where the error of the cache is swallowed', async () => {
    expect(await writeWithoutCache(swallowing(plain()), write)).toEqual(['ok', 'before']);
  });
});
