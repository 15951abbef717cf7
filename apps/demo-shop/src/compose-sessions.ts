import type { Request, RequestHandler, Response } from 'express';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Alias } from '@switchyard/databases';
import type { MoveFlags } from '@switchyard/flags';
import { createSessions, pgExecutor, type SessionStore } from '@switchyard/session-backends';
import { sessionMiddleware, type SessionErrorHandler } from '@switchyard/session-backends/express';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import type { ShopConfig } from './config.ts';

export interface SessionParts {
  readonly pools: Readonly<Record<Alias, Pool>>;
  readonly flags: MoveFlags;
  readonly logger: Logger;
}

export interface ComposedSessions {
  middleware(onError: SessionErrorHandler<Request, Response>): RequestHandler;
  close(): Promise<void>;
}

/** The sessions of the shop: a cookie, a cache, and the database or databases that they live in. */
export function composeSessions(config: ShopConfig, { pools }: SessionParts): ComposedSessions {
  const databaseStore = (name: SiteName, pool: Pool): SessionStore =>
    fencedStore({ sites: [postgresSite({ name, executor: pgExecutor(pool), standalone: true })] });
  const store = databaseStore('old', pools.main);
  const sessions = createSessions({ store, ttlMs: config.sessionTtlMs });
  return {
    middleware: (onError) =>
      sessionMiddleware({ sessions, cookie: { name: 'shop.sid', secure: config.secureCookies }, onError }),
    close: async () => undefined,
  };
}
