import { cacheCoherence, type CoherenceTimes } from './cache-coherence.ts';
import type { CacheRegister } from './cache-register.ts';
import { redisCache } from './redis-cache.ts';
import { isCluster, redisServer, type RedisClusterConnection, type RedisConnection } from './redis-server.ts';
import type { SessionCache } from './session-cache.ts';

export interface SharedRedisCacheOptions {
  /** An ioredis `Redis`, which is duplicated, or a `Cluster`. */
  readonly redis: RedisConnection | RedisClusterConnection;
  readonly register: CacheRegister;
  /** The register's times, the same for all processes. */
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
  const { redis, register, prefix = 'session:', timeoutMs = 250, onError = () => undefined, now = Date.now } = options;
  const { maxAgeMs = isCluster(redis) ? MINUTE_MS : HOUR_MS } = options;
  const server = redisServer(redis, { timeoutMs, onError });
  const coherence = cacheCoherence({ register, server: () => server.name(), onError, ...options.times });
  const namespace = (): string => {
    const name = coherence.namespace();
    if (name === undefined) throw new Error('the cache is not in use');
    return prefix + name;
  };
  const entries = redisCache({ redis: server, prefix: namespace, maxAgeMs, now });
  return {
    get: async (keys) => {
      // Not a failure: nobody has to be told each time.
      if (coherence.namespace() === undefined) return keys.map(() => ({ status: 'miss', token: undefined }));
      return entries.get(keys);
    },
    fill: async (fills) => {
      if (coherence.namespace() !== undefined) await entries.fill(fills);
    },
    change: (changes) => coherence.publish(() => entries.change(changes)),
    close: async () => {
      await coherence.close();
      server.close();
    },
  };
}
