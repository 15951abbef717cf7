import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { findRedis } from '@switchyard/databases';
import type { Random } from '../random.ts';
import { RehearsalError } from '../rehearsal-error.ts';

/** The Redis that the shop's processes share, or that there is none. */
export interface SessionCache {
  /** For the shop's processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** For an operator to read. */
  readonly description: string;
  /** Makes it forget each entry with that probability, as a Redis does that is full. */
  evict(probability: number, random: Random): Promise<void>;
  /** Empties it, as a Redis does that was restarted. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

// A cache in each process would show each its own past.
const NONE: SessionCache = {
  environment: { SESSION_CACHE: 'off', REDIS_URL: '' },
  description: 'none: no Redis was found, and caches in several processes would disagree',
  evict: async () => undefined,
  empty: async () => undefined,
  close: async () => undefined,
};

/** @throws {RehearsalError} REDIS_UNREACHABLE */
export async function openSessionCache(environment: NodeJS.ProcessEnv): Promise<SessionCache> {
  const found = await findRedis(environment);
  if (found === undefined) return NONE;
  const prefix = `rehearsal:${randomBytes(6).toString('hex')}:`;
  const redis = new Redis(found.url, {
    lazyConnect: true,
    connectTimeout: 3_000,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
  });
  // Failures reach us through the commands.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
  } catch (cause) {
    redis.disconnect();
    await found.close();
    throw new RehearsalError('REDIS_UNREACHABLE', `No Redis answers at ${found.from}. Start it, or unset REDIS_URL.`, {
      cause,
    });
  }
  const forget = async (isForgotten: () => boolean): Promise<void> => {
    const scan = redis.scanStream({ match: `${prefix}*`, count: 500 }) as AsyncIterable<string[]>;
    for await (const keys of scan) {
      const forgotten = keys.filter(isForgotten);
      if (forgotten.length > 0) await redis.unlink(...forgotten);
    }
  };
  const empty = (): Promise<void> => forget(() => true);
  return {
    environment: { SESSION_CACHE: 'redis', REDIS_URL: found.url, REDIS_PREFIX: prefix },
    description: `Redis, ${found.from}`,
    evict: (probability, random) => forget(() => random.chance(probability)),
    empty,
    close: async () => {
      await empty().catch(() => undefined);
      redis.disconnect();
      await found.close();
    },
  };
}
