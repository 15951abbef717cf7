// A shop whose sessions are in the table of connect-pg-simple, on their way to a database of their own.
//
// Before: session({ store: new (connectPgSimple(session))({ pool }), secret, … }). After `switchyard move start`, each
// process may be replaced by one with these sessions, one after the other: both kinds serve the same visitors, with the
// same cookies. Once no process of the library is left: move backfill, verify, switch.
import { pgExecutor, type PgPoolLike } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { foreignTableStore } from '@switchyard/session-backends/foreign';
import session from 'express-session';

export interface ShopDatabases {
  /** Where the library's table is. */
  readonly main: PgPoolLike;
  /** Where the sessions go to: `switchyard migrate sessions --database sessions` makes its tables. */
  readonly sessions: PgPoolLike;
}

/** The same secret, cookie and options as before: the library's cookies go on being understood. */
export const shopSessions = ({ main, sessions }: ShopDatabases, secret: string) =>
  session({
    store: expressSessionStore(session, {
      store: foreignTableStore({ old: pgExecutor(main), new: pgExecutor(sessions) }),
      keyEncoding: 'plain',
    }),
    secret,
    cookie: { maxAge: 14 * 86_400_000, sameSite: 'lax' },
    resave: false,
    saveUninitialized: false,
  });
