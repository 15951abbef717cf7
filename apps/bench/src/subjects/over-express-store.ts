import type { SessionData, Store } from 'express-session';
import { BenchError } from '../bench-error.ts';
import type { OpenSubject } from './subject.ts';

/** A store for express-session: callbacks as promises. */
export const overExpressStore = (store: Store): Pick<OpenSubject, 'load' | 'save'> => ({
  load: (key) =>
    new Promise((resolve, reject) => {
      store.get(key, (error: unknown, session) => {
        if (error) reject(error);
        else if (session) resolve(session);
        else reject(new BenchError('SUBJECT_FAILED', 'a load: nothing'));
      });
    }),
  save: (key, basket) =>
    new Promise((resolve, reject) => {
      store.set(key, basket as unknown as SessionData, (error: unknown) => {
        if (error) reject(error);
        else resolve();
      });
    }),
});
