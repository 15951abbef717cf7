import type { StoredKey } from '../keys.ts';

export interface DirectoryQuery {
  /** Only the sessions of this user. */
  readonly userId?: string;
  /** Only keys that come after this one. */
  readonly after?: StoredKey;
  readonly limit: number;
}

/** One place's list of the sessions that lie there: what to look at, not the last word on what is live. */
export interface SessionDirectory {
  /** Keys of sessions that look live there, in ascending order. */
  keys(query: DirectoryQuery): Promise<readonly StoredKey[]>;
}
