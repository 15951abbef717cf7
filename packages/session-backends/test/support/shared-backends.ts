import { createMainClient, createPool } from '@switchyard/databases';
import {
  cachedStore,
  cacheStore,
  migratingStore,
  pgExecutor,
  postgresCacheRegister,
  prismaExecutor,
  redisCache,
  sharedRedisCache,
  type SessionStore,
  type SqlExecutor,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { Redis } from 'ioredis';
import { FLAGS } from './contract-stores.ts';

/** Where several processes find the same sessions. */
export interface Whereabouts {
  readonly main: string;
  readonly sessions: string;
  readonly redis: string;
  readonly prefix: string;
}

export interface SharedBackends {
  /** Every backend that processes can share, by name, over the connections of this process. */
  readonly stores: Readonly<Record<string, SessionStore>>;
  close(): Promise<void>;
}

const inDatabase = (name: SiteName, executor: SqlExecutor): SessionStore =>
  fencedStore({ sites: [postgresSite({ name, executor, standalone: true })] });

export function openSharedBackends({ main, sessions, redis: url, prefix }: Whereabouts): SharedBackends {
  const pools = [createPool(main), createPool(sessions)] as const;
  const [old, fresh] = [inDatabase('old', pgExecutor(pools[0])), inDatabase('new', pgExecutor(pools[1]))];
  const redis = new Redis(url);
  const registers = pools.map((pool) => postgresCacheRegister({ executor: pgExecutor(pool) }));
  const shared = sharedRedisCache({ redis, registers, prefix: `${prefix}shared:` });
  const migrating = Object.entries(FLAGS).map(([name, flags]): [string, SessionStore] => [
    `migrating, ${name}`,
    migratingStore({ old, new: fresh, flags: () => flags }),
  ]);
  return {
    stores: {
      'database over pg': old,
      'database over Prisma': inDatabase('old', prismaExecutor(createMainClient(pools[0]))),
      'Redis alone': cacheStore({ redis, prefix: `${prefix}alone:` }),
      'database behind Redis': cachedStore({ store: old, cache: redisCache({ redis, prefix: `${prefix}cache:` }) }),
      'database behind a coherent Redis': cachedStore({ store: old, cache: shared }),
      ...Object.fromEntries(migrating),
    },
    close: async () => {
      await shared.close();
      redis.disconnect();
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}
