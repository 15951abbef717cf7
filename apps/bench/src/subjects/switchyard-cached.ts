import { createPool } from '@switchyard/databases';
import { cachedStore, pgExecutor, postgresCacheRegister, sharedRedisCache } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { Redis } from 'ioredis';
import { overStore } from './over-store.ts';
import { redisUrlOf } from './redis-url-of.ts';
import type { Subject } from './subject.ts';

/** The database store behind a cache in Redis, with all that keeps the cache from showing what was replaced. */
export const switchyardCached: Subject = {
  open: async (place) => {
    const pool = createPool(place.postgresUrl, { max: place.connections });
    const executor = pgExecutor(pool);
    const redis = new Redis(redisUrlOf(place), { lazyConnect: true });
    const cache = sharedRedisCache({
      redis,
      registers: [postgresCacheRegister({ executor })],
      prefix: place.redisPrefix,
    });
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor, standalone: true })] });
    return {
      ...overStore(cachedStore({ store, cache })),
      close: async () => {
        await cache.close();
        redis.disconnect();
        await pool.end();
      },
    };
  },
};
