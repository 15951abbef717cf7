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

/** Every backend, by name. */
export function backends(servers: () => Servers): Readonly<Record<string, Backend>> {
  const main = (): SessionStore => databaseStore(servers().databases.main);
  const faulty = (store: SessionStore) => {
    const broken = new FaultyStore(store);
    return { broken, fail: async () => void (broken.fault = 'down') };
  };
  const redisOptions = () => ({ redis: servers().redis.redis, prefix: servers().redis.prefix });
  const behindCache = (cache: () => ReturnType<typeof memoryCache>): Backend => ({
    open: async () => {
      const { broken, fail } = faulty(main());
      const shared = cache();
      // A cache that knows the answer may give it: the failure is looked for where it does not.
      const uncached = { ...shared, get: (keys: readonly never[]) => shared.get(keys) };
      const store = cachedStore({ store: broken, cache: uncached });
      return {
        store,
        other: cachedStore({ store: main(), cache: shared }),
        pass,
        fail: async () => {
          await fail();
          uncached.get = async (keys) => keys.map(() => ({ status: 'miss', token: undefined }));
        },
      };
    },
  });
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
    'cache (Redis alone)': {
      open: async () => {
        const { redis } = servers().redis;
        let up = true;
        const cut =
          <A extends unknown[]>(send: (...args: A) => Promise<unknown>) =>
          (...args: A) =>
            up ? send(...args) : Promise.reject(new Error('Connection is closed.'));
        const cable = {
          evalsha: cut((...args: Parameters<typeof redis.evalsha>) => redis.evalsha(...args)),
          eval: cut((...args: Parameters<typeof redis.eval>) => redis.eval(...args)),
        };
        const options = redisOptions();
        return {
          store: cacheStore({ ...options, redis: cable }),
          other: cacheStore(options),
          pass,
          fail: async () => void (up = false),
        };
      },
    },
    'database behind Redis': behindCache(() => redisCache(redisOptions())),
    'database behind memory': behindCache(() => memoryCache()),
    ...Object.fromEntries(Object.entries(FLAGS).map(([name, flags]) => [`migrating, ${name}`, migrating(flags)])),
  };
}
