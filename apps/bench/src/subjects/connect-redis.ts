import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import { overExpressStore } from './over-express-store.ts';
import { redisUrlOf } from './redis-url-of.ts';
import type { Subject } from './subject.ts';

export const connectRedis: Subject = {
  open: async (place) => {
    const client = createClient({ url: redisUrlOf(place) });
    await client.connect();
    const store = new RedisStore({ client, prefix: place.redisPrefix });
    return { ...overExpressStore(store), close: async () => void (await client.close()) };
  },
};
