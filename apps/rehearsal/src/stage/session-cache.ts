import path from 'node:path';
import type { Random } from '../random.ts';
import { isRedisInstalled, startRedisServer, type RedisServer } from './redis-server.ts';

/** The Redis that the shop's processes share, or that there is none. */
export interface SessionCache {
  /** `undefined`: there is no Redis on this machine. */
  readonly server: RedisServer | undefined;
  /** For an operator to read. */
  readonly description: string;
  /** Makes it forget each entry with that probability, as a Redis does that is full. */
  evict(probability: number, random: Random): Promise<void>;
  /** Empties it. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

// A cache in each process would show each its own past.
const NONE: SessionCache = {
  server: undefined,
  description: 'none: there is no redis-server on the PATH, and caches in several processes would disagree',
  evict: async () => undefined,
  empty: async () => undefined,
  close: async () => undefined,
};

/** @throws {RehearsalError} REDIS_DID_NOT_START */
export async function openSessionCache(folder: string): Promise<SessionCache> {
  if (!isRedisInstalled()) return NONE;
  const server = await startRedisServer(path.join(folder, 'redis'));
  const { redis } = server;
  return {
    server,
    description: 'a redis-server of its own',
    evict: async (probability, random) => {
      const keys = await redis.keys('*');
      const forgotten = keys.filter(() => random.chance(probability));
      if (forgotten.length > 0) await redis.unlink(...forgotten);
    },
    empty: async () => void (await redis.flushall()),
    close: server.close,
  };
}
