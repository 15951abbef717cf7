import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createPool, makeTemporaryFolder, startEmbeddedPostgres, type EmbeddedPostgres } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  drawSessionKey,
  encodeKey,
  pgExecutor,
  postgresCacheRegister,
  renewCache,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import type { Pool } from 'pg';
import {
  dataOf,
  isCached,
  PAUSE_MS,
  startCacheProcess,
  timed,
  TIMES,
  untilCached,
  type CacheProcess,
} from '../support/cache-process.ts';
import { describeWithRedisServer, startRedis, type RedisProcess } from '../support/redis-process.ts';

const later = (): Date => new Date(Date.now() + 60_000);
const create = (key: StoredKey): SessionOperation => ({
  kind: 'create',
  key,
  data: '0',
  expiresAt: later(),
  userId: null,
  fresh: true,
});
const update = (key: StoredKey, data: string): SessionOperation => ({
  kind: 'update',
  key,
  data,
  expiresAt: later(),
  userId: null,
  expectedVersion: undefined,
});

describeWithRedisServer('a cache with a register in each of two databases', () => {
  let databases: TestDatabases;
  let folder: string;
  let server: EmbeddedPostgres;
  let second: Pool;
  let redis: RedisProcess;
  let processes: CacheProcess[];
  let one: CacheProcess;
  let two: CacheProcess;
  let count = 0;

  beforeAll(async () => {
    folder = makeTemporaryFolder('switchyard-second-');
    [databases, server, redis] = await Promise.all([
      openTestDatabases(),
      startEmbeddedPostgres({ folder: path.join(folder, 'data'), database: 'sessions', settings: { fsync: 'off' } }),
      startRedis(),
    ]);
    second = createPool(server.url, { connectTimeoutMs: 500 });
    await second.query(
      'create table session_lease (name text primary key, holder text, token int8, expires_at timestamptz)',
    );
  });
  afterAll(async () => {
    await second.end();
    await Promise.all([databases.close(), server.stop(), redis.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    count++;
    const start = (): Promise<CacheProcess> =>
      startCacheProcess({
        redisPort: redis.port,
        database: databases.main,
        registers: [{ pool: databases.main }, { pool: second }],
        name: `two-${count}`,
      });
    processes = await Promise.all([start(), start()]);
    [one, two] = processes as [CacheProcess, CacheProcess];
  });
  afterEach(() => Promise.all(processes.map((process) => process.close())));

  /** A session that both have in the cache. */
  const cached = async (): Promise<StoredKey> => {
    const key = encodeKey(drawSessionKey());
    await one.store.apply([create(key)]);
    await Promise.all([untilCached(one, key), untilCached(two, key)]);
    return key;
  };

  /** Writes, and expects that it is acknowledged and that both see it at once. Returns how long it took. */
  const seen = async (writer: CacheProcess, key: StoredKey, data: string): Promise<number> => {
    let answer: unknown;
    const ms = await timed(writer.store.apply([update(key, data)]).then((results) => (answer = results[0])));
    expect(answer).toMatchObject({ status: 'ok' });
    expect(await Promise.all([dataOf(one, key), dataOf(two, key)])).toEqual([data, data]);
    return ms;
  };

  /** Five writes, by the two in turn. Returns how long one of them takes; a busy machine may hold one up. */
  const seenInTurn = async (key: StoredKey): Promise<number> => {
    const times: number[] = [];
    for (const n of [1, 2, 3, 4, 5]) times.push(await seen(n % 2 === 0 ? one : two, key, `in turn ${n}`));
    return times.sort((a, b) => a - b)[2] as number;
  };

  it('is used, and told of every write', async () => {
    const key = await cached();
    expect(await seenInTurn(key)).toBeLessThan(PAUSE_MS / 2);
    await Promise.all([untilCached(one, key), untilCached(two, key)]);
  });

  it.each(['down', 'hangs'] as const)(
    'is used by nobody after a write of a process for which one of them is out of reach (%s); only that write waits',
    async (state) => {
      const key = await cached();
      one.reaches[1] = state;
      // It has to be heard of that long ago that it counts for nothing.
      while (await isCached(one, key));
      expect(await seen(one, key, '1')).toBeGreaterThanOrEqual(PAUSE_MS - 1);
      expect(await seenInTurn(key)).toBeLessThan(PAUSE_MS / 2);
      expect([await isCached(one, key), await isCached(two, key)]).toEqual([false, false]);
      one.reaches[1] = 'up';
      await Promise.all([untilCached(one, key), untilCached(two, key)]);
      await seen(two, key, '7');
    },
  );

  it('lets processes that reach one register each, and not the same one, see what the other writes', async () => {
    const key = await cached();
    one.reaches[0] = 'down';
    two.reaches[1] = 'down';
    await seenInTurn(key);
    expect(await seenInTurn(key)).toBeLessThan(PAUSE_MS / 2);
  });

  it('outlives one of the databases, killed and started again with the row it had', async () => {
    const key = await cached();
    await server.kill();
    await seen(one, key, '1');
    expect(await seenInTurn(key)).toBeLessThan(PAUSE_MS / 2);
    await server.start();
    await Promise.all([untilCached(one, key), untilCached(two, key)]);
    await seen(two, key, '2');
  });

  it('is used again when Redis has been killed, empty as it is then', async () => {
    const key = await cached();
    await redis.kill();
    await seen(one, key, '1');
    await redis.start();
    await Promise.all([untilCached(one, key), untilCached(two, key)]);
    await seen(two, key, '2');
  });

  it('is not used in common with a process that has another list of registers: each sees what the other writes', async () => {
    const alone = await startCacheProcess({
      redisPort: redis.port,
      database: databases.main,
      registers: [{ pool: databases.main }],
      name: `two-${count}`,
    });
    processes.push(alone);
    const key = await cached();
    for (let n = 1; n < 9; n++) {
      await seen(n % 2 === 0 ? alone : one, key, String(n));
      expect(await dataOf(alone, key)).toBe(String(n));
    }
  });

  it('acknowledges nothing while no register answers and it cannot be used', async () => {
    const key = await cached();
    one.reaches.fill('down');
    while (await isCached(one, key));
    expect(await one.store.apply([update(key, '1')])).toMatchObject([{ status: 'unavailable', outcome: 'unknown' }]);
  });

  it('is renewed for a tool that reaches one of them', async () => {
    const key = await cached();
    await databases.main.query(`update session set data = null, version = version + 1 where session_key = $1`, [key]);
    const registers = [databases.main, second].map((pool) =>
      postgresCacheRegister({ executor: pgExecutor(pool), name: `two-${count}` }),
    );
    const away = { ...registers[0], read: () => Promise.reject(new Error('down')) } as (typeof registers)[number];
    await renewCache([away, registers[1] as typeof away], TIMES.trustMs);
    expect(await Promise.all([dataOf(one, key), dataOf(two, key)])).toEqual([undefined, undefined]);
    await expect(renewCache([away], TIMES.trustMs)).rejects.toThrow('no register of the cache could be reached');
  });
});
