import { setTimeout as sleep } from 'node:timers/promises';
import {
  cachedStore,
  drawSessionKey,
  encodeKey,
  pgExecutor,
  pgListen,
  postgresCacheRegister,
  sharedRedisCache,
  SqlFailure,
  type SessionOperation,
  type SessionStore,
  type SqlExecutor,
  type StoredKey,
} from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import { databaseStore } from '../support/contract-stores.ts';
import { layCable, startRedis, type Cable, type RedisProcess } from '../support/redis-process.ts';

/** Shorter than in earnest, so that the tests are, too. */
const TIMES = { heartbeatMs: 50, trustMs: 300, offMs: 900 };
const TIMEOUT_MS = 100;
const PAUSE_MS = TIMES.trustMs + 100;

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

interface Process {
  readonly store: SessionStore;
  readonly database: FaultyStore;
  readonly cable: Cable;
  /** Whether the register can be asked. */
  register: 'up' | 'down' | 'hangs';
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** A process of its own as far as the cache goes: own connection, own knowledge. */
async function startProcess(
  redisPort: number,
  { name, listens = false, times = TIMES }: { name: string; listens?: boolean; times?: typeof TIMES },
): Promise<Process> {
  const cable = await layCable(redisPort);
  const redis = new Redis(cable.port, '127.0.0.1', { retryStrategy: () => 30, lazyConnect: true });
  const errors: unknown[] = [];
  const executor = pgExecutor(databases.main);
  const self: Pick<Process, 'register'> = { register: 'up' };
  const register: SqlExecutor = {
    query: async (...args) => {
      if (self.register === 'down') throw new SqlFailure('none', new Error('down'));
      while (self.register === 'hangs') await sleep(10);
      return executor.query(...args);
    },
  };
  const listen = pgListen(() => new pg.Client({ connectionString: databases.urls.main }));
  const cache = sharedRedisCache({
    redis,
    register: postgresCacheRegister({ executor: register, name, ...(listens && { listen }) }),
    timeoutMs: TIMEOUT_MS,
    times,
    onError: (error) => errors.push(error),
  });
  const database = new FaultyStore(databaseStore(databases.main));
  return Object.assign(self, {
    store: cachedStore({ store: database, cache }),
    database,
    cable,
    errors,
    close: async () => {
      self.register = 'up';
      await cache.close();
      redis.disconnect();
      await cable.close();
    },
  });
}

async function dataOf({ store }: Process, key: StoredKey): Promise<string | undefined> {
  const [result] = await store.load([key]);
  if (result?.status === 'unavailable') throw result.cause;
  return result?.status === 'found' ? result.record.data : undefined;
}

/** Loads until the cache answers. */
async function untilCached(process: Process, key: StoredKey): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    if (Date.now() > deadline) throw new Error(`the cache is not used: ${String(process.errors.at(-1))}`);
    const before = process.database.calls.load;
    await dataOf(process, key);
    if (process.database.calls.load === before) return;
    await sleep(20);
  }
}

async function timed<T>(work: Promise<T>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}

describe('a cache in Redis that two processes share', () => {
  let redis: RedisProcess;
  let processes: Process[] = [];
  let one: Process;
  let two: Process;
  let count = 0;

  const start = async (options: { listens?: boolean; times?: typeof TIMES } = {}): Promise<Process> => {
    const process = await startProcess(redis.port, { name: `cache-${count}`, ...options });
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
    const loads = two.database.calls.load;
    for (let n = 0; n < 3; n++) {
      await dataOf(two, key);
      await sleep(20);
    }
    expect(two.database.calls.load).toBe(loads + 3);
    one.cable.mend();
    await untilCached(two, key);
    await untilCached(one, key);
    await one.store.apply([update(key, '9')]);
    expect(await dataOf(two, key)).toBe('9');
  });

  it('is not used by a process that has not heard from the register in time, whose writes others see all the same', async () => {
    const key = await cached();
    two.register = 'down';
    await sleep(PAUSE_MS);
    const loads = two.database.calls.load;
    expect(await dataOf(two, key)).toBe('0');
    expect(two.database.calls.load).toBe(loads + 1);
    // It cannot know which entries the others use: its write is done, but cannot be called so.
    expect(await two.store.apply([update(key, '1')])).toMatchObject([{ status: 'unavailable', outcome: 'unknown' }]);
    two.register = 'up';
    expect(await two.store.apply([update(key, '2')])).toMatchObject([{ status: 'ok' }]);
    expect(await dataOf(one, key)).toBe('2');
  });

  it('off since a moment ago lets no write be acknowledged that somebody who has not heard of it would not see', async () => {
    const three = await start();
    const key = await cached();
    await untilCached(three, key);
    three.register = 'hangs';
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
    await register.renew('', PAUSE_MS);
    await sleep(PAUSE_MS);
    expect(await dataOf(one, key)).toBeUndefined();
    expect(await dataOf(two, key)).toBeUndefined();
  });
});
