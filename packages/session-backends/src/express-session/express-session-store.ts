import type { EventEmitter } from 'node:events';
import { SessionError } from '../session/session-error.ts';
import { savedSessions, type SavedSessionsOptions } from '../saved/saved-sessions.ts';

interface BaseStore extends EventEmitter {
  createSession(req: unknown, session: object): unknown;
}

/** What `import session from 'express-session'` gives. */
export interface ExpressSessionModule<S = object> {
  readonly Store: abstract new () => S;
}

export interface ExpressSessionStoreOptions extends SavedSessionsOptions {
  /**
   * What a save does whose session was destroyed meanwhile. By default it writes nothing, calls back without an error,
   * and the store emits `gone`: by then express-session has sent its headers.
   */
  readonly gone?: 'ignore' | 'error';
}

type Callback = (error?: unknown) => void;

/** Emits `gone` (see the option) and `overwritten` (the later of two writers of one value won). */
export interface ExpressSessionStore {
  /** Calls back with null for a session that does not exist; whatever else goes wrong is an error, never a miss. */
  get(sid: string, callback: (error: unknown, session?: object | null) => void): void;
  set(sid: string, session: object, callback?: Callback): void;
  touch(sid: string, session: object, callback?: Callback): void;
  destroy(sid: string, callback?: Callback): void;
  /** The live sessions, in a list: their ids are not known where keys are stored as hashes. */
  all(callback: (error: unknown, sessions?: object[]) => void): void;
  length(callback: (error: unknown, length?: number) => void): void;
  clear(callback?: Callback): void;
}

/**
 * A store for express-session, over any session store. A session that was loaded is updated with compare-and-set, what
 * two requests changed at once is merged, and one that was destroyed is not brought back by a late save.
 *
 * @param session express-session itself, whose `Store` this extends
 * @example
 * import session from 'express-session';
 * app.use(session({ store: expressSessionStore(session, { store }), secret, resave: false, saveUninitialized: false }));
 */
export function expressSessionStore<S extends object>(
  session: ExpressSessionModule<S>,
  { gone = 'ignore', ...options }: ExpressSessionStoreOptions,
): S & ExpressSessionStore {
  const sessions = savedSessions(options);
  const Base = session.Store as unknown as new () => BaseStore;

  class SwitchyardStore extends Base implements ExpressSessionStore {
    override createSession(req: unknown, data: object): unknown {
      const created = super.createSession(req, data);
      sessions.pass(data, created);
      return created;
    }

    get(sid: string, callback: (error: unknown, session?: object | null) => void): void {
      answer(sessions.load(sid), callback);
    }

    set(sid: string, value: object, callback?: Callback): void {
      // Encoded at once: afterwards the application may change the object.
      const text = attempt(() => sessions.encode(value));
      answer(this.#save(sid, value, text), callback);
    }

    touch(sid: string, value: object, callback?: Callback): void {
      answer(sessions.touch(sid, value), callback);
    }

    destroy(sid: string, callback?: Callback): void {
      answer(sessions.destroy(sid), callback);
    }

    all(callback: (error: unknown, sessions?: object[]) => void): void {
      answer<object[]>(sessions.all(), callback);
    }

    length(callback: (error: unknown, length?: number) => void): void {
      answer(
        sessions.all().then(({ length }) => length),
        callback,
      );
    }

    clear(callback?: Callback): void {
      answer(sessions.clear(), callback);
    }

    async #save(sid: string, value: object, text: Promise<string>): Promise<void> {
      const fate = await sessions.save(sid, value, await text, (event) => this.emit(event));
      if (fate === 'saved') return;
      this.emit('gone');
      if (gone === 'error') throw new SessionError('SESSION_GONE');
    }
  }

  return new SwitchyardStore() as unknown as S & ExpressSessionStore;
}

const attempt = async <T>(work: () => T): Promise<T> => work();

/** Exactly one call, in a turn of its own: what the callback throws is not ours to catch. */
function answer<T>(work: Promise<T>, callback: ((error: unknown, result?: T) => void) | undefined): void {
  work.then(
    (result) => callback && setImmediate(callback, null, result),
    (error: unknown) => callback && setImmediate(callback, error),
  );
}
