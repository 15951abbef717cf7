// A shop whose sessions are in a table of Prisma's, by @quixo3/prisma-session-store, on their way to a database of their
// own, behind two flags.
//
// Before: session({ store: library, secret, … }). Both flags off, this does the same.
import { migratingStore, pgExecutor, type MoveFlags, type PgPoolLike } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { fromPrismaSessionStore, hashedKeys } from '@switchyard/session-backends/foreign';
import type { PrismaSessionStore } from '@quixo3/prisma-session-store';
import session from 'express-session';

export interface Stores {
  /** As it was, with its options. */
  readonly library: PrismaSessionStore;
  /** The Prisma client that it was made with: it is asked what the library does not say. */
  readonly prisma: object;
  /** Where the sessions go to: `switchyard migrate sessions --database sessions` makes its tables. */
  readonly database: PgPoolLike;
  /** Asked at each operation. */
  readonly flags: () => MoveFlags;
}

const storeIn = (database: PgPoolLike) =>
  fencedStore({ sites: [postgresSite({ name: 'new', executor: pgExecutor(database), standalone: true })] });

/** The same secret, cookie and options as before: nobody gets another cookie. */
const options = { resave: false, saveUninitialized: false, cookie: { maxAge: 14 * 86_400_000 } };

export function movingSessions({ library, prisma, database, flags }: Stores, secret: string) {
  const old = fromPrismaSessionStore(library, { prisma });
  const moving = migratingStore({ old, new: hashedKeys(storeIn(database)), flags });
  // Copies that one of the databases was away for are made up for.
  setInterval(() => void moving.repair(), 1_000).unref();
  return session({ ...options, secret, store: expressSessionStore(session, { store: moving, keyEncoding: 'plain' }) });
}

/** At the end, without anything of the move: the rows are the same. */
export const movedSessions = ({ database }: Pick<Stores, 'database'>, secret: string) =>
  session({ ...options, secret, store: expressSessionStore(session, { store: storeIn(database) }) });
