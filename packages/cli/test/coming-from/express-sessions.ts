import type { Store } from 'express-session';

/** A store of express-session's as its middleware uses it, with promises. */
export const asPromises = (store: Store) => {
  const call = <T>(send: (callback: (error?: unknown, result?: T) => void) => unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      send((error, result) => (error === undefined || error === null ? resolve(result as T) : reject(error)));
    });
  const session = (values: object, maxAge = 3_600_000): never =>
    ({
      cookie: { originalMaxAge: maxAge, maxAge, expires: new Date(Date.now() + maxAge), path: '/' },
      ...values,
    }) as never;
  return {
    get: (sid: string) =>
      call<(Record<string, unknown> & { cookie: object }) | null>((done) => store.get(sid, done as never)),
    set: (sid: string, values: object, maxAge?: number) =>
      call((done) => store.set(sid, session(values, maxAge), done)),
    touch: (sid: string, values: object, maxAge: number) =>
      call((done) => store.touch?.(sid, session(values, maxAge), done as never)),
    destroy: (sid: string) => call((done) => store.destroy(sid, done)),
  };
};
