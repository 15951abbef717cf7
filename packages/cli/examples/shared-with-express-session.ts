// Sessions that a program with express-session and connect-pg-simple serves as well, in that library's table, with its
// cookie, "connect.sid".
import { createSessions, pgExecutor, type PgPoolLike } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import { connectPgSimpleTable, expressSessionCodec, sharedTableStore } from '@switchyard/session-backends/foreign';

/** As the other program has it: `cookie.maxAge`, or else connect-pg-simple's `ttl`. */
const MAX_AGE_MS = 14 * 86_400_000;

/** @param secrets as express-session's `secret`: the first signs, all are accepted */
export const sharedSessions = (pool: PgPoolLike, secrets: readonly string[]) =>
  sessionMiddleware({
    sessions: createSessions({
      store: sharedTableStore({ executor: pgExecutor(pool), table: connectPgSimpleTable() }),
      keyEncoding: 'plain',
      keyAlphabet: 'base64url',
      codec: expressSessionCodec({ maxAgeMs: MAX_AGE_MS }),
      ttlMs: MAX_AGE_MS,
    }),
    cookie: { like: 'express-session', secrets },
  });
