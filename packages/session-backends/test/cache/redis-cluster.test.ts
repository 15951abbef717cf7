import {
  cachedStore,
  cacheStore,
  drawSessionKey,
  encodeKey,
  memoryStore,
  pgExecutor,
  postgresCacheRegister,
  redisCache,
  sharedRedisCache,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import { FaultyStore, sessionStoreContract } from '@switchyard/session-backends/testing';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import type { Cluster } from 'ioredis';
import { TIMES, untilCached } from '../support/cache-process.ts';
import { behindCache, databaseStore, inRedisAlone } from '../support/contract-stores.ts';
import { startRedisCluster, type RedisCluster } from '../support/redis-cluster.ts';
import { describeWithRedisServer } from '../support/redis-process.ts';

const HOUR_MS = 3_600_000;
const later = (): Date => new Date(Date.now() + HOUR_MS);
const newKey = (): StoredKey => encodeKey(drawSessionKey());
const body = (data: string) => ({ data, expiresAt: later(), userId: null });
const create = (key: StoredKey, data = '0'): SessionOperation => ({ kind: 'create', key, ...body(data), fresh: true });
const update = (key: StoredKey, data: string): SessionOperation => ({
  kind: 'update',
  key,
  ...body(data),
  expectedVersion: undefined,
});

describeWithRedisServer('a Redis Cluster of three nodes', () => {
  let databases: TestDatabases;
  let cluster: RedisCluster;
  let redis: Cluster;
  beforeAll(async () => {
    [databases, cluster] = await Promise.all([openTestDatabases(), startRedisCluster()]);
    redis = cluster.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([databases.close(), cluster.close()]);
  });

  const main = () => databaseStore(databases.main);
  const contracts = {
    'as the only place of sessions': inRedisAlone(() => ({ redis, prefix: 'alone:' })),
    'as a cache': behindCache(main, () => redisCache({ redis, prefix: 'cache:', maxAgeMs: 60_000 })),
  };
  describe.each(Object.entries(contracts))('%s keeps the contract of a store:', (_name, options) => {
    it.each(sessionStoreContract(options))('$name', ({ run }) => run());
  });

  /** How many keys with that prefix each node has. */
  const spread = async (prefix: string): Promise<number[]> =>
    Promise.all(redis.nodes('master').map(async (node) => (await node.keys(`${prefix}*`)).length));

  it('has sessions at every node, and answers for many of them at once', async () => {
    const keys = Array.from({ length: 60 }, newKey);
    const alone = cacheStore({ redis, prefix: 'many:' });
    const cache = cachedStore({ store: memoryStore(), cache: redisCache({ redis, prefix: 'many-cached:' }) });
    for (const store of [alone, cache]) {
      const results = await store.apply(keys.map((key, i) => create(key, String(i))));
      expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['ok']));
      const loaded = await store.load(keys);
      expect(loaded.map((result) => result.status === 'found' && result.record.data)).toEqual(
        keys.map((_, i) => String(i)),
      );
    }
    for (const counts of [await spread('many:'), await spread('many-cached:')]) {
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
      expect(Math.min(...counts)).toBeGreaterThan(0);
    }
  });

  describe('as a shared cache', () => {
    let shared: ReturnType<typeof sharedRedisCache>;
    let own: Cluster;
    let database: FaultyStore;
    let errors: unknown[];
    beforeEach(() => {
      own = cluster.connect();
      errors = [];
      database = new FaultyStore(main());
      shared = sharedRedisCache({
        redis: own,
        registers: [databases.main, databases.sessions].map((pool) =>
          postgresCacheRegister({ executor: pgExecutor(pool), name: 'cluster' }),
        ),
        prefix: 'shared:',
        times: TIMES,
        onError: (error) => errors.push(error),
      });
    });
    afterEach(async () => {
      await shared.close();
      own.disconnect();
    });
    const process = () => ({ store: cachedStore({ store: database, cache: shared }), database, errors });

    it('answers, and keeps an entry for no longer than a minute', async () => {
      const { store } = process();
      const key = newKey();
      await store.apply([create(key)]);
      await untilCached(process(), key);
      const [entry] = (await Promise.all(redis.nodes('master').map((node) => node.keys(`shared:*${key}`)))).flat();
      const ttl = await redis.pttl(entry as string);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(60_000);
    });

    it('loses nothing when a node is killed, and is used again when it is back, empty', async () => {
      const { store } = process();
      const keys = Array.from({ length: 12 }, newKey);
      await store.apply(keys.map((key) => create(key)));
      for (const key of keys) await untilCached(process(), key);
      await cluster.nodes[1]?.kill();
      for (const [i, key] of keys.entries()) {
        expect(await store.apply([update(key, String(i))])).toMatchObject([{ status: 'ok' }]);
        expect(await store.load([key])).toMatchObject([{ status: 'found', record: { data: String(i) } }]);
      }
      await cluster.nodes[1]?.start();
      await cluster.untilServing();
      for (const [i, key] of keys.entries()) {
        await untilCached(process(), key);
        expect(await store.load([key])).toMatchObject([{ status: 'found', record: { data: String(i) } }]);
      }
    });
  });
});
