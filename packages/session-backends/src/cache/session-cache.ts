import type { Version } from '../fence/rules.ts';
import type { StoredKey } from '../keys.ts';
import type { SessionRecord } from '../store.ts';

/**
 * What a cache knows of a key. A miss comes with a token: the right to fill, which any change of the key takes away.
 * Without a token (`undefined`) the key must not be filled now.
 */
export type CacheAnswer =
  | { readonly status: 'hit'; readonly record: SessionRecord }
  | { readonly status: 'destroyed' }
  | { readonly status: 'miss'; readonly token: string | undefined };

export interface CacheFill {
  readonly key: StoredKey;
  /** From the miss that the record was loaded for. */
  readonly token: string;
  readonly record: SessionRecord;
}

/**
 * What a finished write means for the cache. Each of them takes away the key's token.
 *
 * - `set`: over an entry of a lower version; where there is no entry, there will be none
 * - `insert`: as `set`, and also where there is no entry: for a key that nobody else knows yet
 * - `touch`: the entry gets this version and expiry if it is exactly the version before, else it goes
 * - `destroy`: a tombstone over an entry of a lower version, or where there is none
 * - `drop`: the entry goes
 * - `hold`: the entry goes, and nothing may be filled for a minute: the row may still change at any moment
 */
export type CacheChange =
  | { readonly kind: 'set' | 'insert'; readonly key: StoredKey; readonly record: SessionRecord }
  | { readonly kind: 'touch'; readonly key: StoredKey; readonly version: Version; readonly expiresAt: Date }
  | { readonly kind: 'destroy'; readonly key: StoredKey; readonly version: Version }
  | { readonly kind: 'drop' | 'hold'; readonly key: StoredKey };

/**
 * A cache of sessions that never brings back what was replaced or destroyed: entries carry their version, and a fill
 * needs the token of its miss. May lose anything at any time; may reject when it cannot be reached.
 */
export interface SessionCache {
  /** One answer per key, in order; one exchange for all. */
  get(keys: readonly StoredKey[]): Promise<CacheAnswer[]>;
  /** Puts a loaded record in, if its token is still there. */
  fill(fills: readonly CacheFill[]): Promise<void>;
  /** In one exchange. When it rejects, any part of it may have happened. */
  change(changes: readonly CacheChange[]): Promise<void>;
}

/** How long a token is good for: longer than any load takes. */
export const TOKEN_MS = 10_000;
/** How long a tombstone stays: longer than any change is under way. */
export const TOMBSTONE_MS = 60_000;
/** How long a held key is not filled: longer than any statement runs. */
export const HOLD_MS = 60_000;
