import { FenceError } from '../fence/fence-error.ts';
import type { ApplyResult, LoadResult, SessionStore } from '../store.ts';

export interface MovingStoreOptions {
  /** By the two flags, over stores that stand alone: used as long as no fenced move has claimed the new database. */
  readonly byFlags: SessionStore;
  /** By the fences, over both databases. */
  readonly fenced: SessionStore;
}

export interface MovingStore extends SessionStore {
  /** A fault that came up elsewhere, such as in a copy that the flags owe: it may tell that a move has claimed the database. */
  notice(cause: unknown): void;
  /** Whether this process knows that a fenced move has claimed the new database. */
  isClaimed(): boolean;
}

const isClaim = (cause: unknown): boolean => cause instanceof FenceError && cause.code === 'MOVE_CLAIMED';

const isRefused = (result: LoadResult | ApplyResult): boolean =>
  result.status === 'unavailable' && isClaim(result.cause);

/**
 * For a shop that may move either way. Where a fenced move has claimed the new database, its fence refuses a store that
 * stands alone, and from then on the fences decide; a process learns that from the first such answer. The flags have no
 * say any more: they are what is intended, the fence is what is so.
 */
export function movingStore({ byFlags, fenced }: MovingStoreOptions): MovingStore {
  let claimed = false;

  return {
    notice: (cause) => {
      claimed ||= isClaim(cause);
    },

    isClaimed: () => claimed,

    load: async (keys) => {
      if (!claimed) {
        const results = await byFlags.load(keys);
        if (!results.some(isRefused)) return results;
        claimed = true;
      }
      return fenced.load(keys);
    },

    apply: async (operations) => {
      if (claimed) return fenced.apply(operations);
      const results = await byFlags.apply(operations);
      const refused = operations.filter((_, i) => isRefused(results[i] as ApplyResult));
      if (refused.length === 0) return results;
      claimed = true;
      const again = (await fenced.apply(refused)).values();
      return results.map((result) => (isRefused(result) ? (again.next().value as ApplyResult) : result));
    },
  };
}
