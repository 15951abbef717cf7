import { cacheCoherence, type CoherenceTimes } from './cache-coherence.ts';
import type { CacheRegister } from './cache-register.ts';
import { coherentCache } from './coherent-cache.ts';
import { redisCache } from './redis-cache.ts';
import { isCluster, redisServer, type RedisClusterConnection, type RedisConnection } from './redis-server.ts';
import type { SessionCache } from './session-cache.ts';

export interface SharedRedisCacheOptions {
  /** An ioredis `Redis`, which is duplicated, or a `Cluster`. */
  readonly redis: RedisConnection | RedisClusterConnection;
  /**
   * One at each database that sessions may be in, and the same for all processes that use this cache. While one of them
   * cannot be reached the cache is not used, and sessions are served all the same.
   */
  readonly registers: readonly CacheRegister[];
  /** The registers' times, the same for all processes. */
  readonly times?: CoherenceTimes;
  /** Starts every key. Default is "session:". */
  readonly prefix?: string;
  /**
   * The longest life of an entry, in milliseconds. Default is an hour; a minute in a cluster, where a failover may bring
   * back an entry that was replaced.
   */
  readonly maxAgeMs?: number;
  /** How long Redis may take for a command, in milliseconds. Default is 250. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * A cache in Redis that many processes share and that never shows what was replaced: not when a process cannot reach
 * Redis, not when Redis restarts or a replica takes over. While it cannot be used, loads are answered by the database
 * and writes go on.
 */
export function sharedRedisCache(options: SharedRedisCacheOptions): SessionCache & { close(): Promise<void> } {
  const { redis, registers, prefix = 'session:', timeoutMs = 250, onError = () => undefined, now = Date.now } = options;
  const { maxAgeMs = isCluster(redis) ? MINUTE_MS : HOUR_MS } = options;
  const server = redisServer(redis, { timeoutMs, onError });
  const coherence = cacheCoherence({ registers, server: () => server.name(), onError, ...options.times });
  const entries = (namespace: string): SessionCache =>
    redisCache({ redis: server, prefix: prefix + namespace, maxAgeMs, now });
  return {
    ...coherentCache(coherence, entries),
    close: async () => {
      await coherence.close();
      server.close();
    },
  };
}
