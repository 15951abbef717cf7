import { setTimeout as sleep } from 'node:timers/promises';
import {
  drawSessionKey,
  encodeKey,
  pgExecutor,
  pgListen,
  postgresCacheRegister,
  renewCache,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import pg from 'pg';
import {
  dataOf,
  isCached,
  PAUSE_MS,
  startCacheProcess,
  timed,
  TIMEOUT_MS,
  TIMES,
  untilCached,
  type CacheProcess,
} from '../support/cache-process.ts';
import { describeWithRedisServer, startRedis, type RedisProcess } from '../support/redis-process.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const later = (): Date => new Date(Date.now() + 60_000);
const newKey = (): StoredKey => encodeKey(drawSessionKey());
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

describeWithRedisServer('a cache in Redis that two processes share', () => {
  let redis: RedisProcess;
  let processes: CacheProcess[] = [];
  let one: CacheProcess;
  let two: CacheProcess;
  let count = 0;

  const start = async (options: { listens?: boolean; times?: typeof TIMES } = {}): Promise<CacheProcess> => {
    const { listens = false, times = TIMES } = options;
    const listen = pgListen(() => new pg.Client({ connectionString: databases.urls.main }));
    const process = await startCacheProcess({
      redisPort: redis.port,
      database: databases.main,
      registers: [{ pool: databases.main, ...(listens && { listen }) }],
      name: `cache-${count}`,
      times,
    });
    processes.push(process);
    return process;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.close()));
    processes = [];
  };

  beforeEach(async () => {
    count++;
    redis = await startRedis();
    [one, two] = await Promise.all([start(), start({ listens: true })]);
  });
  afterEach(async () => {
    redis.signal('SIGCONT');
    await stop();
    await redis.close();
  });

  /** A session that both have in the cache. */
  const cached = async (): Promise<StoredKey> => {
    const key = newKey();
    await one.store.apply([create(key)]);
    await Promise.all([untilCached(one, key), untilCached(two, key)]);
    return key;
  };

  it('shows each of them at once what the other has written, without asking the database', async () => {
    const key = await cached();
    const loads = two.database.calls.load;
    expect(await timed(one.store.apply([update(key, '1')]))).toBeLessThan(PAUSE_MS);
    expect(await dataOf(two, key)).toBe('1');
    await one.store.apply([{ kind: 'destroy', key }]);
    expect(await dataOf(two, key)).toBeUndefined();
    expect(two.database.calls.load).toBe(loads);
  });

  it.each([
    ['a save', (key: StoredKey) => update(key, '1'), '1'],
    ['a logout', (key: StoredKey): SessionOperation => ({ kind: 'destroy', key }), undefined],
  ] as const)(
    'after %s that could not reach it, the old entry is shown to nobody from the acknowledgement on',
    async (_name, operation, expected) => {
      const key = await cached();
      one.cable.cut();
      const [result] = await one.store.apply([operation(key)]);
      expect(result?.status).toBe('ok');
      expect(await dataOf(two, key)).toBe(expected);
      expect(await dataOf(one, key)).toBe(expected);
    },
  );

  it('makes only the first write wait when it cannot be reached, and is used again when it can', async () => {
    const key = await cached();
    one.cable.cut();
    expect(await timed(one.store.apply([update(key, '1')]))).toBeGreaterThanOrEqual(PAUSE_MS - 1);
    for (let n = 2; n < 6; n++) {
      expect(await timed(one.store.apply([update(key, String(n))]))).toBeLessThan(PAUSE_MS / 2);
      expect(await dataOf(two, key)).toBe(String(n));
    }
    // For as long as one process cannot tell it of its writes, none uses it.
    await sleep(TIMES.offMs + PAUSE_MS);
    for (let n = 0; n < 3; n++) {
      expect(await isCached(two, key)).toBe(false);
      await sleep(20);
    }
    one.cable.mend();
    await untilCached(two, key);
    await untilCached(one, key);
    await one.store.apply([update(key, '9')]);
    expect(await dataOf(two, key)).toBe('9');
  });

  it('is not used by a process that has not heard from the register in time, whose writes others see all the same', async () => {
    const key = await cached();
    two.reaches[0] = 'down';
    await sleep(PAUSE_MS);
    const loads = two.database.calls.load;
    expect(await dataOf(two, key)).toBe('0');
    expect(two.database.calls.load).toBe(loads + 1);
    // It cannot know which entries the others use: its write is done, but cannot be called so.
    expect(await two.store.apply([update(key, '1')])).toMatchObject([{ status: 'unavailable', outcome: 'unknown' }]);
    two.reaches[0] = 'up';
    expect(await two.store.apply([update(key, '2')])).toMatchObject([{ status: 'ok' }]);
    expect(await dataOf(one, key)).toBe('2');
  });

  it('off since a moment ago lets no write be acknowledged that somebody who has not heard of it would not see', async () => {
    const three = await start();
    const key = await cached();
    await untilCached(three, key);
    three.reaches[0] = 'hangs';
    one.cable.cut();
    two.cable.cut();
    const first = one.store.apply([update(key, '1')]);
    await sleep(50);
    expect(await two.store.apply([update(key, '2')])).toMatchObject([{ status: 'ok' }]);
    expect(await dataOf(three, key)).toBe('2');
    await first;
  });

  it('that restarts with what it had on disk does not show it', async () => {
    // So seldom in touch with the register that only the server's own name can tell in time.
    const times = { heartbeatMs: 1_000, trustMs: 2_000, offMs: 3_000 };
    await stop();
    count++;
    [one, two] = await Promise.all([start({ times }), start({ times })]);
    const key = await cached();
    await redis.persist();
    await one.store.apply([update(key, '1')]);
    await redis.kill();
    await redis.start();
    for (let n = 0; n < 30; n++) {
      expect(await dataOf(two, key)).toBe('1');
      await sleep(20);
    }
    await untilCached(two, key);
    expect(await dataOf(two, key)).toBe('1');
  });

  it('that is down costs loads nothing but the first, and no write is lost', async () => {
    const key = await cached();
    redis.signal('SIGSTOP');
    await Promise.all(Array.from({ length: 10 }, () => dataOf(one, key)));
    const times: number[] = [];
    for (let n = 0; n < 5; n++) times.push(await timed(dataOf(one, key)));
    expect(Math.min(...times)).toBeLessThan(TIMEOUT_MS);
    await one.store.apply([update(key, '1')]);
    expect(await dataOf(two, key)).toBe('1');
    redis.signal('SIGCONT');
    await untilCached(one, key);
    await untilCached(two, key);
    expect(await dataOf(two, key)).toBe('1');
  });

  it('shows a rewrite of everything by others once a new generation is begun for them', async () => {
    const key = await cached();
    // What a tool does that changes rows behind the stores' back.
    await databases.main.query(`update session set data = null, version = version + 1 where session_key = $1`, [key]);
    const register = postgresCacheRegister({ executor: pgExecutor(databases.main), name: `cache-${count}` });
    await renewCache([register], TIMES.trustMs);
    expect(await dataOf(one, key)).toBeUndefined();
    expect(await dataOf(two, key)).toBeUndefined();
  });
});
