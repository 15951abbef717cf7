import { setTimeout as sleep } from 'node:timers/promises';
import {
  cachedStore,
  cacheStore,
  memoryCache,
  memoryStore,
  migratingStore,
  pgExecutor,
  redisCache,
  type MoveFlags,
  type PgPoolLike,
  type RedisLike,
  type SessionCache,
  type SessionStore,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { FaultyStore, type SessionStoreContractOptions } from '@switchyard/session-backends/testing';
import type { TestDatabases } from '@switchyard/databases/testing';
import type { TestRedis } from './redis.ts';

/** Built when a test asks for them: the servers are not there before. */
export interface Servers {
  readonly databases: TestDatabases;
  readonly redis: TestRedis;
}

const pass = (ms: number): Promise<void> => sleep(Math.max(0, ms));

export const databaseStore = (pool: PgPoolLike, name: SiteName = 'old'): SessionStore =>
  fencedStore({ sites: [postgresSite({ name, executor: pgExecutor(pool), standalone: true })] });

export const FLAGS: Readonly<Record<string, MoveFlags>> = {
  'both flags off': { migrationFlag: false, newDbRouterFlag: false },
  'migration flag on': { migrationFlag: true, newDbRouterFlag: false },
  'both flags on': { migrationFlag: true, newDbRouterFlag: true },
  'router flag on': { migrationFlag: false, newDbRouterFlag: true },
};

type Backend = Pick<SessionStoreContractOptions, 'open' | 'lacks'>;

const faulty = (store: SessionStore) => {
  const broken = new FaultyStore(store);
  return { broken, fail: async () => void (broken.fault = 'down') };
};

/** A database behind a cache of the test's own. */
export const behindCache = (main: () => SessionStore, openCache: () => SessionCache): Backend => ({
  open: async () => {
    const { broken, fail } = faulty(main());
    const shared = openCache();
    // A cache that knows the answer may give it: the failure is looked for where it does not.
    const uncached = { ...shared, get: (keys: readonly never[]) => shared.get(keys) };
    return {
      store: cachedStore({ store: broken, cache: uncached }),
      other: cachedStore({ store: main(), cache: shared }),
      pass,
      fail: async () => {
        await fail();
        uncached.get = async (keys) => keys.map(() => ({ status: 'miss', token: undefined }));
      },
    };
  },
});

/** Sessions in Redis, or in a cluster, and nowhere else. */
export const inRedisAlone = (servers: () => { readonly redis: RedisLike; readonly prefix: string }): Backend => ({
  open: async () => {
    const { redis, prefix } = servers();
    let up = true;
    const cut =
      <A extends unknown[]>(send: (...args: A) => Promise<unknown>) =>
      (...args: A) =>
        up ? send(...args) : Promise.reject(new Error('Connection is closed.'));
    const cable = {
      evalsha: cut((...args: Parameters<RedisLike['evalsha']>) => redis.evalsha(...args)),
      eval: cut((...args: Parameters<RedisLike['eval']>) => redis.eval(...args)),
    };
    return {
      store: cacheStore({ redis: cable, prefix }),
      other: cacheStore({ redis, prefix }),
      pass,
      fail: async () => void (up = false),
    };
  },
});

/** Every backend, by name. */
export function backends(servers: () => Servers): Readonly<Record<string, Backend>> {
  const main = (): SessionStore => databaseStore(servers().databases.main);
  const migrating = (flags: MoveFlags): Backend => ({
    open: async () => {
      const { databases } = servers();
      const open = (): SessionStore & { broken: FaultyStore[] } => {
        const broken = [new FaultyStore(main()), new FaultyStore(databaseStore(databases.sessions, 'new'))] as const;
        const store = migratingStore({ old: broken[0], new: broken[1], flags: () => flags });
        return { ...store, broken: [...broken] };
      };
      const store = open();
      return { store, other: open(), pass, fail: async () => store.broken.forEach((each) => (each.fault = 'down')) };
    },
  });

  return {
    memory: {
      open: async () => {
        let ahead = 0;
        return { store: memoryStore({ now: () => Date.now() + ahead }), pass: async (ms) => void (ahead += ms) };
      },
      lacks: ['failure'],
    },
    database: {
      open: async () => {
        const { broken, fail } = faulty(main());
        return { store: broken, other: main(), pass, fail };
      },
    },
    'cache (Redis alone)': inRedisAlone(() => servers().redis),
    'database behind Redis': behindCache(main, () => {
      const { redis, prefix } = servers().redis;
      return redisCache({ redis, prefix });
    }),
    'database behind memory': behindCache(main, () => memoryCache()),
    ...Object.fromEntries(Object.entries(FLAGS).map(([name, flags]) => [`migrating, ${name}`, migrating(flags)])),
  };
}
