import { answerCallback, type ResultCallback } from '../saved/answer-callback.ts';
import { cookieExpiry, cookieShape } from '../saved/cookie-shape.ts';
import { toSavedSettings, type SavedSessionsOptions } from '../saved/saved-sessions-options.ts';
import { savedSessions } from '../saved/saved-sessions.ts';
import { isPlainObject } from '../session/plain-object.ts';
import { SessionError } from '../session/session-error.ts';

export interface FastifySessionStoreOptions extends SavedSessionsOptions {
  /**
   * What a save does whose session was destroyed meanwhile: `error` fails with SESSION_GONE, which answers 400; `ignore`
   * goes on as if it were done. Nothing is written in either case. Default is "error".
   */
  readonly gone?: 'ignore' | 'error';
}

/** A session as @fastify/session hands it over and expects it. */
export interface FastifySessionLike {
  readonly cookie: { originalMaxAge: number | null; expires?: Date | null };
}

/** What @fastify/session wants of a store. */
export interface FastifySessionStore {
  /** Calls back with null for a session that does not exist; whatever else goes wrong is an error, never a miss. */
  get(sessionId: string, callback: ResultCallback<FastifySessionLike | null>): void;
  set(sessionId: string, session: object, callback: (error?: unknown) => void): void;
  destroy(sessionId: string, callback: (error?: unknown) => void): void;
}

/**
 * Marks the session that a load gave. @fastify/session makes its own Session of it, and of its cookie the options of that
 * Session's cookie, by spreading, which takes symbols along; nothing else that is not data gets from one to the other.
 */
const HOLDER = Symbol('switchyard.holder');

/**
 * A store for @fastify/session, over any session store. A session that was loaded is updated with compare-and-set, what
 * two requests changed at once is merged, and one that was destroyed is not brought back by a late save. The save at the
 * end of a request that changed nothing (`rolling`) is a touch, and is left out where that would gain little.
 *
 * @throws {TypeError} for options that make no sense
 * @example
 * await fastify.register(fastifySession, { store: fastifySessionStore({ store }), secret, saveUninitialized: false });
 */
export function fastifySessionStore({ gone = 'error', ...options }: FastifySessionStoreOptions): FastifySessionStore {
  const sessions = savedSessions(toSavedSettings(options), cookieShape);

  const load = async (sid: string): Promise<FastifySessionLike | null> => {
    const holder = {};
    const found = await sessions.load(sid, holder);
    if (found === null) return null;
    const cookie = isPlainObject(found['cookie']) ? found['cookie'] : {};
    found['cookie'] = { ...cookie, [HOLDER]: holder };
    return found as unknown as FastifySessionLike;
  };

  const save = async (sid: string, session: object): Promise<void> => {
    const fate = await sessions.save({
      sid,
      session,
      holder: holderOf(session) ?? session,
      expiresAt: cookieExpiry(session),
      // A Session that bears no mark although it was loaded would silently go over what others have written.
      mayReplace: isPlainObject(session),
    });
    if (fate === 'gone' && gone === 'error') throw new SessionError('SESSION_GONE');
  };

  return {
    get: (sid, callback) => answerCallback(load(sid), callback),
    set: (sid, session, callback) => answerCallback(save(sid, session), callback),
    destroy: (sid, callback) => answerCallback(sessions.destroy(sid), callback),
  };
}

/** The options of a Session's cookie lie under a symbol of the library's own. */
function holderOf(session: object): object | undefined {
  for (const symbol of Object.getOwnPropertySymbols(session)) {
    const value: unknown = Reflect.get(session, symbol);
    if (typeof value === 'object' && value !== null && HOLDER in value) return value[HOLDER] as object;
  }
  return undefined;
}
