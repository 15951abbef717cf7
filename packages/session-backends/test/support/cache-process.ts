import { setTimeout as sleep } from 'node:timers/promises';
import {
  cachedStore,
  pgExecutor,
  postgresCacheRegister,
  sharedRedisCache,
  SqlFailure,
  type CacheRegister,
  type Listen,
  type SessionStore,
  type SqlExecutor,
  type StoredKey,
} from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { databaseStore } from './contract-stores.ts';
import { layCable, type Cable } from './redis-process.ts';

/** Shorter than in earnest, so that the tests are, too. */
export const TIMES = { heartbeatMs: 50, trustMs: 300, offMs: 900 };
export const TIMEOUT_MS = 100;
export const PAUSE_MS = TIMES.trustMs + 100;

export interface RegisterPlace {
  readonly pool: Pool;
  readonly listen?: Listen;
}

export interface CacheProcessOptions {
  readonly redisPort: number;
  /** Where the sessions are. */
  readonly database: Pool;
  readonly registers: readonly RegisterPlace[];
  /** The registers' name. */
  readonly name: string;
  readonly times?: typeof TIMES;
}

/** A process of its own as far as the cache goes: own connection, own knowledge. */
export interface CacheProcess {
  readonly store: SessionStore;
  readonly database: FaultyStore;
  readonly cable: Cable;
  /** Whether each register can be asked. */
  readonly reaches: ('up' | 'down' | 'hangs')[];
  readonly errors: unknown[];
  close(): Promise<void>;
}

export async function startCacheProcess(options: CacheProcessOptions): Promise<CacheProcess> {
  const { redisPort, database: pool, registers, name, times = TIMES } = options;
  const cable = await layCable(redisPort);
  const redis = new Redis(cable.port, '127.0.0.1', { retryStrategy: () => 30, lazyConnect: true });
  const errors: unknown[] = [];
  const reaches: CacheProcess['reaches'] = registers.map(() => 'up');
  const toRegister = ({ pool: at, listen }: RegisterPlace, i: number): CacheRegister => {
    const executor = pgExecutor(at);
    const reached: SqlExecutor = {
      query: async (...args) => {
        if (reaches[i] === 'down') throw new SqlFailure('none', new Error('down'));
        while (reaches[i] === 'hangs') await sleep(10);
        return executor.query(...args);
      },
    };
    return postgresCacheRegister({ executor: reached, name, ...(listen && { listen }) });
  };
  const cache = sharedRedisCache({
    redis,
    registers: registers.map(toRegister),
    timeoutMs: TIMEOUT_MS,
    times,
    onError: (error) => errors.push(error),
  });
  const database = new FaultyStore(databaseStore(pool));
  return {
    store: cachedStore({ store: database, cache }),
    database,
    cable,
    reaches,
    errors,
    close: async () => {
      reaches.fill('up');
      await cache.close();
      redis.disconnect();
      await cable.close();
    },
  };
}

export async function dataOf({ store }: Pick<CacheProcess, 'store'>, key: StoredKey): Promise<string | undefined> {
  const [result] = await store.load([key]);
  if (result?.status === 'unavailable') throw result.cause;
  return result?.status === 'found' ? result.record.data : undefined;
}

/** Whether a load asked the database. */
export async function isCached(process: Pick<CacheProcess, 'store' | 'database'>, key: StoredKey): Promise<boolean> {
  const before = process.database.calls.load;
  await dataOf(process, key);
  return process.database.calls.load === before;
}

/** Loads until the cache answers. */
export async function untilCached(
  process: Pick<CacheProcess, 'store' | 'database' | 'errors'>,
  key: StoredKey,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isCached(process, key))) {
    if (Date.now() > deadline) throw new Error(`the cache is not used: ${String(process.errors.at(-1))}`);
    await sleep(20);
  }
}

/** How long it takes, in milliseconds. */
export async function timed(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}
