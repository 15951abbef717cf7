import { FenceError } from '../fence/fence-error.ts';
import type { Fence } from '../fence/rules.ts';
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
  /** The fence under which a store has answered that goes by the flags. */
  noticeFence(fence: Fence): void;
  /** Whether this process knows that a fenced move has claimed the new database. */
  isClaimed(): boolean;
}

const isClaim = (cause: unknown): boolean => cause instanceof FenceError && cause.code === 'MOVE_CLAIMED';

const isRefused = (result: LoadResult | ApplyResult): boolean =>
  result.status === 'unavailable' && isClaim(result.cause);

/** What nobody has done. */
const isUndone = (result: LoadResult | ApplyResult): boolean =>
  result.status === 'unavailable' && (!('outcome' in result) || result.outcome === 'none');

/**
 * For a shop that may move either way. Where a fenced move has claimed the new database, its fence refuses a store that
 * stands alone, and from then on the fences decide; a process learns that from the first such answer, or from the old
 * database, which lists its changes then: so also while the new one is away, which nobody needs yet. The flags have no say
 * any more: they are what is intended, the fence is what is so.
 */
export function movingStore({ byFlags, fenced }: MovingStoreOptions): MovingStore {
  let claimed = false;

  return {
    notice: (cause) => {
      claimed ||= isClaim(cause);
    },

    noticeFence: ({ capture }) => {
      claimed ||= capture;
    },

    isClaimed: () => claimed,

    load: async (keys) => {
      if (claimed) return fenced.load(keys);
      const results = await byFlags.load(keys);
      claimed ||= results.some(isRefused);
      return claimed && results.some(isUndone) ? fenced.load(keys) : results;
    },

    apply: async (operations) => {
      if (claimed) return fenced.apply(operations);
      const results = await byFlags.apply(operations);
      claimed ||= results.some(isRefused);
      const isOpen = (result: ApplyResult): boolean => claimed && (isRefused(result) || isUndone(result));
      if (!results.some(isOpen)) return results;
      const again = (await fenced.apply(operations.filter((_, i) => isOpen(results[i] as ApplyResult)))).values();
      return results.map((result) => (isOpen(result) ? (again.next().value as ApplyResult) : result));
    },
  };
}
