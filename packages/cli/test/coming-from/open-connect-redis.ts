import { randomBytes } from 'node:crypto';
import { RedisStore } from 'connect-redis';
import { createClient } from 'redis';
import { findRedis } from '@switchyard/databases';

export interface OpenConnectRedis {
  readonly url: string;
  readonly prefix: string;
  readonly client: ReturnType<typeof createClient>;
  /** Another connect-redis, over a connection of its own. */
  open(options?: { readonly disableTTL?: boolean }): Promise<RedisStore>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The real connect-redis on a real Redis, with a prefix of this test's own. */
export async function openConnectRedis(): Promise<OpenConnectRedis> {
  const found = await findRedis();
  if (found === undefined) throw new Error('there is no Redis: set REDIS_URL, or install redis-server');
  // Other tests' keys are in the way of a scan.
  const url = new URL('/9', found.url).href;
  const prefix = `switchyard-test-${randomBytes(6).toString('hex')}:`;
  const clients: ReturnType<typeof createClient>[] = [];
  const connect = async (): Promise<ReturnType<typeof createClient>> => {
    const client = createClient({ url, disableOfflineQueue: true });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const client = await connect();
  const clear = async (): Promise<void> => {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 }))
      if (keys.length > 0) await client.del(keys);
  };
  return {
    url,
    prefix,
    client,
    open: async (options = {}) => new RedisStore({ client: (await connect()) as never, prefix, ...options }),
    clear,
    close: async () => {
      await clear();
      for (const each of clients) if (each.isOpen) each.destroy();
      await found.close();
    },
  };
}
