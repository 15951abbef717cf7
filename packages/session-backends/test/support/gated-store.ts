import type { ApplyResult, LoadResult, SessionStore } from '@switchyard/session-backends';

/** A store whose answers, already made, wait until the test lets them go: what a slow network does. */
export interface GatedStore extends SessionStore {
  /** From now on answers of this kind wait; the returned function lets those that wait go. */
  hold(kind: 'load' | 'apply'): () => void;
  readonly calls: { load: number; apply: number };
  /** Resolves when a call of this kind has its answer and waits. */
  held(kind: 'load' | 'apply'): Promise<void>;
}

export function gatedStore(store: SessionStore): GatedStore {
  const gates: { load?: Promise<void> | undefined; apply?: Promise<void> | undefined } = {};
  const calls = { load: 0, apply: 0 };
  const waiting = { load: 0, apply: 0 };
  const pass = async <T>(kind: 'load' | 'apply', answer: Promise<T>): Promise<T> => {
    calls[kind]++;
    const result = await answer;
    const gate = gates[kind];
    if (gate !== undefined) {
      waiting[kind]++;
      await gate;
    }
    return result;
  };
  return {
    calls,
    load: (keys) => pass<LoadResult[]>('load', store.load(keys)),
    apply: (operations) => pass<ApplyResult[]>('apply', store.apply(operations)),
    hold: (kind) => {
      let release = (): void => undefined;
      gates[kind] = new Promise((resolve) => (release = resolve));
      return () => {
        gates[kind] = undefined;
        waiting[kind] = 0;
        release();
      };
    },
    held: async (kind) => {
      while (waiting[kind] === 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
