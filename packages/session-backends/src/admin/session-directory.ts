import type { StoredKey } from '../keys.ts';

export interface DirectoryQuery {
  /** Only the sessions of this user. */
  readonly userId?: string;
  /** Only keys that come after this one, in the directory's own order. */
  readonly after?: StoredKey;
  readonly limit: number;
}

/** One place's list of the sessions that lie there: what to look at, not the last word on what is live. */
export interface SessionDirectory {
  /**
   * Keys of sessions that look live there, each once, in an order of the directory's own that stays the same. Fewer than
   * `limit`: there are no more.
   * @throws what the database threw
   */
  keys(query: DirectoryQuery): Promise<readonly StoredKey[]>;
}
