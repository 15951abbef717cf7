import { toSavedSettings, type SavedSessionsOptions } from '../saved/saved-sessions-options.ts';
import { savedSessions } from '../saved/saved-sessions.ts';
import { SessionError } from '../session/session-error.ts';
import type { SavedValues } from '../saved/session-shape.ts';
import { koaSessionShape } from './koa-session-shape.ts';

export interface KoaSessionStoreOptions extends SavedSessionsOptions {
  /**
   * What a save does whose session was destroyed meanwhile: `error` fails with SESSION_GONE, which answers 400; `ignore`
   * goes on as if it were done. Nothing is written in either case. Default is "error".
   */
  readonly gone?: 'ignore' | 'error';
}

/** A session's age in milliseconds; `session` and undefined: until the browser closes, and `ttlMs` in the store. */
export type KoaMaxAge = number | 'session' | undefined;

/** What koa-session wants of a store. */
export interface KoaSessionStore {
  /** Resolves to undefined for a session that does not exist; rejects for whatever else goes wrong. */
  get(key: string, maxAge?: KoaMaxAge, options?: { readonly ctx?: object }): Promise<SavedValues | undefined>;
  set(key: string, session: object, maxAge?: KoaMaxAge, options?: { readonly ctx?: object }): Promise<void>;
  destroy(key: string, options?: { readonly ctx?: object }): Promise<void>;
}

/**
 * A store for koa-session, over any session store. A session that was loaded is updated with compare-and-set, what two
 * requests changed at once is merged, and one that was destroyed is not brought back by a late save. The save at the end
 * of a request that changed nothing (`rolling`) is a touch, and is left out where that would gain little.
 *
 * @throws {TypeError} for options that make no sense
 * @example
 * app.use(session({ store: koaSessionStore({ store }) }, app));
 */
export function koaSessionStore({ gone = 'error', ...options }: KoaSessionStoreOptions): KoaSessionStore {
  const settings = toSavedSettings(options);
  const sessions = savedSessions(settings, koaSessionShape);
  return {
    // koa-session makes a new object for each save: what belongs together is the request.
    get: async (key, _maxAge, { ctx } = {}) => (await sessions.load(key, ctx)) ?? undefined,
    set: async (key, session, maxAge, { ctx = session } = {}) => {
      const expiresAt = typeof maxAge === 'number' ? new Date(settings.now() + maxAge) : undefined;
      const fate = await sessions.save({ sid: key, session, holder: ctx, expiresAt });
      if (fate === 'gone' && gone === 'error') throw new SessionError('SESSION_GONE');
    },
    destroy: (key) => sessions.destroy(key),
  };
}
