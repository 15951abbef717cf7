import { randomBytes } from 'node:crypto';
import { findRedis } from '@switchyard/databases';
import { Redis } from 'ioredis';

/** A real Redis, with a prefix of this test's own. */
export interface TestRedis {
  readonly redis: Redis;
  readonly prefix: string;
  close(): Promise<void>;
}

export async function openTestRedis(): Promise<TestRedis> {
  const found = await findRedis();
  if (found === undefined) throw new Error('there is no Redis: set REDIS_URL, or install redis-server');
  const redis = new Redis(found.url, { maxRetriesPerRequest: 1 });
  const prefix = `switchyard-test-${randomBytes(6).toString('hex')}:`;
  await redis.ping();
  return {
    redis,
    prefix,
    close: async () => {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      await redis.quit();
      await found.close();
    },
  };
}
