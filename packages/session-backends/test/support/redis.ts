import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';

/** A real Redis, with a prefix of this test's own. */
export interface TestRedis {
  readonly redis: Redis;
  readonly prefix: string;
  close(): Promise<void>;
}

export async function openTestRedis(): Promise<TestRedis> {
  const redis = new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379', { maxRetriesPerRequest: 1 });
  const prefix = `switchyard-test-${randomBytes(6).toString('hex')}:`;
  await redis.ping();
  return {
    redis,
    prefix,
    close: async () => {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      await redis.quit();
    },
  };
}
