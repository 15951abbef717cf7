import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '@switchyard/session-backends';

/** A store that a test can get into trouble. */
export interface TroubledStore extends SessionStore {
  /** Until `bringBack`, the store answers nothing. */
  takeDown(): void;
  bringBack(): void;
  /** The next write does not reach the store. */
  failNextWrite(): void;
  /** Somebody else logs the session out just before its next write. */
  destroyBeforeNextWrite(): void;
  /** The next two loads read the same and answer together, as in two processes that are equally fast. */
  pairNextLoads(): void;
  /** The next load waits; resolves once it does, with what lets it go on and read. */
  holdNextLoad(): Promise<() => void>;
  /** Sessions that were created so far. */
  readonly created: number;
  /** How often the store was read and written so far. */
  readonly asked: { readonly loads: number; readonly writes: number };
}

const CAUSE = new Error('the store is down for the test');

export function troubledStore(store: SessionStore): TroubledStore {
  let isDown = false;
  let created = 0;
  const asked = { loads: 0, writes: 0 };
  let beforeNextWrite: ((operations: readonly SessionOperation[]) => Promise<ApplyResult[] | undefined>) | undefined;

  let beforeNextLoad: (() => Promise<void>) | undefined;
  let afterLoad: (() => Promise<void>) | undefined;

  const refuse = (operations: readonly SessionOperation[]): ApplyResult[] =>
    operations.map(() => ({ status: 'unavailable', cause: CAUSE, outcome: 'none' }));

  return {
    load: async (keys) => {
      asked.loads++;
      if (isDown) return keys.map((): LoadResult => ({ status: 'unavailable', cause: CAUSE }));
      const [before, after] = [beforeNextLoad, afterLoad];
      beforeNextLoad = undefined;
      await before?.();
      const answers = await store.load(keys);
      await after?.();
      return answers;
    },
    apply: async (operations) => {
      asked.writes++;
      if (isDown) return refuse(operations);
      const before = beforeNextWrite;
      beforeNextWrite = undefined;
      const answers = await before?.(operations);
      if (answers !== undefined) return answers;
      created += operations.filter((operation) => operation.kind === 'create').length;
      return store.apply(operations);
    },
    takeDown: () => {
      isDown = true;
    },
    bringBack: () => {
      isDown = false;
    },
    failNextWrite: () => {
      beforeNextWrite = async (operations) => refuse(operations);
    },
    destroyBeforeNextWrite: () => {
      beforeNextWrite = async (operations) => {
        await store.apply(operations.map(({ key }) => ({ kind: 'destroy', key })));
        return undefined;
      };
    },
    pairNextLoads: () => {
      let first: (() => void) | undefined;
      afterLoad = () => {
        if (first === undefined) return new Promise((resolve) => (first = resolve));
        afterLoad = undefined;
        first();
        return Promise.resolve();
      };
    },
    holdNextLoad: () =>
      new Promise((isHeld) => {
        beforeNextLoad = () => new Promise((goOn) => isHeld(goOn));
      }),
    get created() {
      return created;
    },
    get asked() {
      return { ...asked };
    },
  };
}
