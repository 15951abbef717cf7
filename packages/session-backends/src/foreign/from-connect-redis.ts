import type { SessionStore } from '../store.ts';
import type { ExpressStoreLike } from './express-store.ts';
import {
  fromExpressSessionStore,
  type FromExpressSessionStoreOptions,
  type StoredExpiry,
} from './from-express-session-store.ts';

/** connect-redis's RedisStore, over node-redis or, before its version 9, ioredis. */
export interface ConnectRedisLike extends ExpressStoreLike {
  readonly client: object;
  readonly prefix: string;
}

export type FromConnectRedisOptions = Omit<FromExpressSessionStoreOptions, 'expiryOf' | 'verifyWrites'>;

/** A key's time to live in milliseconds, −1 for one that lives forever, −2 for one that is not there. */
type AskTtl = (key: string) => Promise<number>;

/**
 * The sessions of a connect-redis store, as `fromExpressSessionStore` has them. When a session ends is what Redis says:
 * a touch does not reach what is written inside of it.
 * @throws {TypeError} for a client that cannot be asked
 */
export function fromConnectRedis(library: ConnectRedisLike, options: FromConnectRedisOptions = {}): SessionStore {
  const { now = Date.now } = options;
  const askTtl = ttlOf(library.client);
  const expiryOf = async (sid: string): Promise<StoredExpiry> => {
    const ms = await askTtl(library.prefix + sid);
    if (ms === -1) return 'never';
    return ms < 0 ? 'absent' : new Date(now() + ms);
  };
  return fromExpressSessionStore(library, { ...options, expiryOf });
}

function ttlOf(client: object): AskTtl {
  // node-redis, then ioredis.
  for (const name of ['pTTL', 'pttl']) {
    const ask: unknown = Reflect.get(client, name);
    if (typeof ask === 'function') return (key) => (ask as AskTtl).call(client, key);
  }
  throw new TypeError('fromConnectRedis: the client has neither pTTL nor pttl');
}
