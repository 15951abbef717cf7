// A shop whose sessions are in Redis, by connect-redis, on their way to a database, behind two flags.
//
// Before: session({ store: library, secret, … }). Both flags off, this does the same.
import { migratingStore, pgExecutor, type MoveFlags, type PgPoolLike } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { fromConnectRedis, hashedKeys } from '@switchyard/session-backends/foreign';
import type { RedisStore } from 'connect-redis';
import session from 'express-session';

export interface Stores {
  /** As it was, with its prefix, serializer and ttl. */
  readonly library: RedisStore;
  /** Where the sessions go to: `switchyard migrate sessions --database sessions` makes its tables. */
  readonly database: PgPoolLike;
  /** Asked at each operation. */
  readonly flags: () => MoveFlags;
}

const storeIn = (database: PgPoolLike) =>
  fencedStore({ sites: [postgresSite({ name: 'new', executor: pgExecutor(database), standalone: true })] });

/** The same secret, cookie and options as before: nobody gets another cookie. */
const options = { resave: false, saveUninitialized: false, cookie: { maxAge: 14 * 86_400_000 } };

export function movingSessions({ library, database, flags }: Stores, secret: string) {
  const moving = migratingStore({ old: fromConnectRedis(library), new: hashedKeys(storeIn(database)), flags });
  // Copies that Redis or the database was away for are made up for.
  setInterval(() => void moving.repair(), 1_000).unref();
  return session({ ...options, secret, store: expressSessionStore(session, { store: moving, keyEncoding: 'plain' }) });
}

/** At the end, without anything of the move: the rows are the same. */
export const movedSessions = ({ database }: Pick<Stores, 'database'>, secret: string) =>
  session({ ...options, secret, store: expressSessionStore(session, { store: storeIn(database) }) });
