import { Redis } from 'ioredis';
import pg from 'pg';
import {
  cachedStore,
  migratingStore,
  pgExecutor,
  postgresDirectory,
  redisCache,
  type SessionDirectory,
  type SessionStore,
} from '@switchyard/session-backends';
import { expressSessionStore, type ExpressSessionModule } from '@switchyard/session-backends/express-session';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';

const open = (name: SiteName, url: string | undefined): { store: SessionStore; directory: SessionDirectory } => {
  const executor = pgExecutor(new pg.Pool({ connectionString: url }));
  const store = fencedStore({ sites: [postgresSite({ name, executor, standalone: true })] });
  return { store, directory: postgresDirectory(executor) };
};

const old = open('old', process.env['SUITE_MAIN_URL']);
const fresh = open('new', process.env['SUITE_SESSIONS_URL']);

const STORES: Readonly<Record<string, () => SessionStore>> = {
  database: () => old.store,
  cached: () =>
    cachedStore({
      store: old.store,
      cache: redisCache({
        redis: new Redis(process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'),
        prefix: `suite-${process.pid}:`,
      }),
    }),
  migrating: () =>
    migratingStore({ old: old.store, new: fresh.store, flags: () => ({ migrationFlag: true, newDbRouterFlag: true }) }),
};

const store = STORES[process.env['SUITE_STORE'] ?? '']?.();
let count = 0;

/** An empty store for each test: what one of them saves belongs to a user of its own. */
export function openSuiteStore(Store: ExpressSessionModule['Store']): object {
  if (store === undefined) throw new Error('SUITE_STORE has to be database, cached or migrating');
  const userId = `suite-${process.pid}-${++count}`;
  const directories = [old, fresh].map(({ directory }) => ({
    keys: (query: Parameters<SessionDirectory['keys']>[0]) => directory.keys({ ...query, userId }),
  }));
  return expressSessionStore({ Store }, { store, prefix: `${userId}:`, userIdOf: () => userId, directories });
}
