/** The two flags of a move by hand, as one request sees them. */
export interface MoveFlags {
  /** On: sessions are read from the new store, then the old one, and written to both. */
  readonly migrationFlag: boolean;
  /** On: the new store is the one that counts. */
  readonly newDbRouterFlag: boolean;
}

export type StoreName = 'old' | 'new';

/** What the flags mean: where to read, in this order, and where to write, the one that counts first. */
export interface Plan {
  readonly reads: readonly StoreName[];
  readonly writes: readonly [StoreName, ...StoreName[]];
}

export function planOf({ migrationFlag, newDbRouterFlag }: MoveFlags): Plan {
  if (migrationFlag && newDbRouterFlag) return { reads: ['new', 'old'], writes: ['new', 'old'] };
  if (migrationFlag) return { reads: ['new', 'old'], writes: ['old', 'new'] };
  return newDbRouterFlag ? { reads: ['new'], writes: ['new'] } : { reads: ['old'], writes: ['old'] };
}
