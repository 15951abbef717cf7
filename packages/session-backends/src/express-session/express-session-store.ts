import type { EventEmitter } from 'node:events';
import { listSessions, type ListedSession } from '../admin/list-sessions.ts';
import type { SessionDirectory } from '../admin/session-directory.ts';
import { answerCallback, type ResultCallback } from '../saved/answer-callback.ts';
import { cookieExpiry, cookieShape } from '../saved/cookie-shape.ts';
import { toSavedSettings, type SavedEvent, type SavedSessionsOptions } from '../saved/saved-sessions-options.ts';
import { savedSessions } from '../saved/saved-sessions.ts';
import { SessionError } from '../session/session-error.ts';
import type { StoredKey } from '../keys.ts';

interface BaseStore extends EventEmitter {
  createSession(req: unknown, session: object): unknown;
}

/** What `import session from 'express-session'` gives. */
export interface ExpressSessionModule<S = object> {
  readonly Store: abstract new () => S;
}

export interface ExpressSessionStoreOptions extends SavedSessionsOptions {
  /**
   * What a save does whose session was destroyed meanwhile. `ignore` calls back as if it were done, for by the time
   * express-session saves it has sent the headers; `error` is for applications that call `session.save` themselves
   * before they answer. Nothing is written in either case. Default is "ignore".
   */
  readonly gone?: 'ignore' | 'error';
  /** For `all`, `length` and `clear`: of every database that sessions may lie in. Default is none, and these fail. */
  readonly directories?: readonly SessionDirectory[];
}

type Callback = (error?: unknown) => void;

/**
 * Emits the events of `onEvent`. Never emits `disconnect`: express-session would then serve requests without any
 * session, as if everybody had logged out, where an error of `get` makes it a 503.
 */
export interface ExpressSessionStore {
  /** Calls back with null for a session that does not exist; whatever else goes wrong is an error, never a miss. */
  get(sid: string, callback: ResultCallback<object | null>): void;
  set(sid: string, session: object, callback?: Callback): void;
  touch(sid: string, session: object, callback?: Callback): void;
  destroy(sid: string, callback?: Callback): void;
  /** The live sessions, in a list: their ids are not known where keys are stored as hashes. */
  all(callback: ResultCallback<object[]>): void;
  length(callback: ResultCallback<number>): void;
  /** Destroys all live sessions. */
  clear(callback?: Callback): void;
}

/** How many sessions `clear` destroys at once. */
const CLEAR_AT_ONCE = 100;

/**
 * A store for express-session, over any session store. A session that was loaded is updated with compare-and-set, what
 * two requests changed at once is merged, and one that was destroyed is not brought back by a late save.
 *
 * @param session express-session itself, whose `Store` this extends
 * @throws {TypeError} for options that make no sense
 * @example
 * import session from 'express-session';
 * app.use(session({ store: expressSessionStore(session, { store }), secret, resave: false, saveUninitialized: false }));
 */
export function expressSessionStore<S extends object>(
  session: ExpressSessionModule<S>,
  { gone = 'ignore', directories, ...options }: ExpressSessionStoreOptions,
): S & ExpressSessionStore {
  const onEvent = (event: SavedEvent): void => {
    options.onEvent?.(event);
    expressStore.emit(event);
  };
  const settings = toSavedSettings({ ...options, onEvent });
  const sessions = savedSessions(settings, cookieShape);
  const { store } = settings;
  const Base = session.Store as unknown as new () => BaseStore;

  const listed = (): AsyncGenerator<ListedSession> => {
    if (directories === undefined) throw new TypeError('expressSessionStore: "directories" is needed to list sessions');
    return listSessions({ store, directories });
  };

  const destroyAll = async (keys: readonly StoredKey[]): Promise<void> => {
    for (const result of await store.apply(keys.map((key) => ({ kind: 'destroy', key }))))
      if (result.status !== 'ok')
        throw new SessionError('SESSION_UNAVAILABLE', result.status === 'unavailable' ? result.cause : undefined);
  };

  class SwitchyardStore extends Base implements ExpressSessionStore {
    override createSession(req: unknown, data: object): unknown {
      const created = super.createSession(req, data);
      sessions.pass(data, created as object);
      return created;
    }

    get(sid: string, callback: ResultCallback<object | null>): void {
      answerCallback<object | null>(sessions.load(sid), callback);
    }

    set(sid: string, value: object, callback?: Callback): void {
      answerCallback(save(sid, value), callback);
    }

    touch(sid: string, value: object, callback?: Callback): void {
      answerCallback(sessions.touch({ sid, session: value, expiresAt: cookieExpiry(value) }), callback);
    }

    destroy(sid: string, callback?: Callback): void {
      answerCallback(sessions.destroy(sid), callback);
    }

    all(callback: ResultCallback<object[]>): void {
      answerCallback<object[]>(all(), callback);
    }

    length(callback: ResultCallback<number>): void {
      answerCallback(count(), callback);
    }

    clear(callback?: Callback): void {
      answerCallback(clear(), callback);
    }
  }

  const save = async (sid: string, value: object): Promise<void> => {
    const fate = await sessions.save({ sid, session: value, expiresAt: cookieExpiry(value) });
    if (fate === 'gone' && gone === 'error') throw new SessionError('SESSION_GONE');
  };

  const all = async (): Promise<object[]> => {
    const found: object[] = [];
    for await (const { record } of listed()) found.push(sessions.decode(record));
    return found;
  };

  const count = async (): Promise<number> => {
    let length = 0;
    for await (const _ of listed()) length++;
    return length;
  };

  const clear = async (): Promise<void> => {
    const keys: StoredKey[] = [];
    for await (const { key } of listed()) {
      keys.push(key);
      if (keys.length === CLEAR_AT_ONCE) await destroyAll(keys.splice(0));
    }
    if (keys.length > 0) await destroyAll(keys);
  };

  const expressStore = new SwitchyardStore();
  return expressStore as unknown as S & ExpressSessionStore;
}
