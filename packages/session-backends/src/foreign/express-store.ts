type Callback<T> = (error?: unknown, result?: T) => void;

/** A session store of express-session's, as far as it is called. */
export interface ExpressStoreLike {
  get(sid: string, callback: Callback<unknown>): unknown;
  set(sid: string, session: never, callback: Callback<unknown>): unknown;
  destroy(sid: string, callback: Callback<unknown>): unknown;
  touch?(sid: string, session: never, callback: Callback<unknown>): unknown;
}

/** The same as promises, of plain objects. */
export interface CalledStore {
  /** Null for a session that does not exist, or that an error was taken for. */
  get(sid: string): Promise<unknown>;
  set(sid: string, session: object): Promise<void>;
  destroy(sid: string): Promise<void>;
  /** Whether there is one. */
  readonly canTouch: boolean;
  touch(sid: string, session: object): Promise<void>;
}

/** Libraries have calls on which they never call back: those fail after `timeoutMs`. */
export function callStore(store: ExpressStoreLike, timeoutMs: number): CalledStore {
  const call = <T>(send: (callback: Callback<T>) => unknown): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const silent = (): void => reject(new Error('the session store has not called back'));
      const timer = setTimeout(silent, timeoutMs);
      const answer: Callback<T> = (error, result) => {
        clearTimeout(timer);
        if (error === undefined || error === null) resolve(result);
        else reject(error instanceof Error ? error : new Error('the session store failed', { cause: error }));
      };
      try {
        const returned = send(answer);
        // Some reject instead of calling back.
        if (returned instanceof Promise) returned.catch(answer);
      } catch (error) {
        answer(error);
      }
    });
  return {
    get: async (sid) => (await call((callback) => store.get(sid, callback))) ?? null,
    set: async (sid, session) => void (await call((callback) => store.set(sid, session as never, callback))),
    destroy: async (sid) => void (await call((callback) => store.destroy(sid, callback))),
    canTouch: typeof store.touch === 'function',
    touch: async (sid, session) => void (await call((callback) => store.touch?.(sid, session as never, callback))),
  };
}
