import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import type { Pool } from 'pg';

/** The library as a shop uses it, without the HTTP around: sets, gets, touches and destroys sessions of its own. */
export interface LibraryShop {
  set(sid: string, values: object, maxAgeMs?: number): Promise<void>;
  get(sid: string): Promise<Record<string, unknown> | undefined>;
  touch(sid: string, values: object, maxAgeMs?: number): Promise<void>;
  destroy(sid: string): Promise<void>;
  prune(): Promise<void>;
  close(): Promise<void>;
}

type GetDone = (error: unknown, session?: session.SessionData | null) => void;

const HOUR_MS = 3_600_000;

export function connectPgSimpleShop(pool: Pool): LibraryShop {
  const PgStore = connectPgSimple(session);
  const store = new PgStore({ pool, pruneSessionInterval: false, errorLog: () => undefined });
  const call = <T>(send: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      send((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)));
    });
  const full = (values: object, maxAgeMs: number): session.SessionData => ({
    cookie: { originalMaxAge: maxAgeMs, expires: new Date(Date.now() + maxAgeMs), httpOnly: true, path: '/' },
    ...values,
  });
  return {
    set: (sid, values, maxAgeMs = HOUR_MS) => call((done) => store.set(sid, full(values, maxAgeMs), done)),
    get: (sid) => call<Record<string, unknown> | undefined>((done) => void store.get(sid, done as GetDone)),
    touch: (sid, values, maxAgeMs = HOUR_MS) => call((done) => store.touch(sid, full(values, maxAgeMs), done)),
    destroy: (sid) => call((done) => store.destroy(sid, done)),
    prune: () => call((done) => store.pruneSessions(done)),
    close: async () => void (await store.close()),
  };
}
