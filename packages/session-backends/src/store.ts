/**
 * The port between a session and the place it is kept in. Everything is set-wise: a store gets many keys or operations
 * at once and answers each by itself, in the same order.
 *
 * Stores never see session data decoded, and never see a session key in clear unless `keyEncoding` is `plain`.
 */
import type { Version } from './fence/rules.ts';
import type { StoredKey } from './keys.ts';

/** A live session as a store holds it. */
export interface SessionRecord {
  /** The encoded session, opaque to the store: it is kept and returned byte for byte. */
  readonly data: string;
  /** Absolute, UTC. Readable iff later than the database's clock. */
  readonly expiresAt: Date;
  readonly version: Version;
  /** Whose session it is, for "list" and "log out everywhere"; null for a visitor who has not logged in. */
  readonly userId: string | null;
}

/**
 * The answer to a load. `absent` means that the store knows there is no live session: never created, destroyed or
 * expired. `unavailable` means that it could not find out, and is never to be taken for `absent`.
 */
export type LoadResult =
  | { readonly status: 'found'; readonly record: SessionRecord }
  | { readonly status: 'absent' }
  | { readonly status: 'unavailable'; readonly cause: unknown };

/** Inserts; fails as `taken` on any row of that key, tombstones included. */
export interface CreateOperation {
  readonly kind: 'create';
  readonly key: StoredKey;
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
  /** The key was drawn just now and nobody else can know it; a move then need not look for it on the other side. */
  readonly fresh: boolean;
}

/** Writes over a live row; anything else is `gone`. */
export interface UpdateOperation {
  readonly kind: 'update';
  readonly key: StoredKey;
  readonly data: string;
  readonly expiresAt: Date;
  /** The version that was loaded; `undefined` writes over whatever live row is there. */
  readonly expectedVersion: Version | undefined;
  readonly userId: string | null;
}

/** Moves the expiry of a live row; the data stays. Blind: needs no version. */
export interface TouchOperation {
  readonly kind: 'touch';
  readonly key: StoredKey;
  readonly expiresAt: Date;
}

/** Leaves a tombstone. Idempotent: destroying what is absent is `ok`. */
export interface DestroyOperation {
  readonly kind: 'destroy';
  readonly key: StoredKey;
}

/**
 * Moves a live row to a new key of the same bucket, in one transaction; the old key becomes a tombstone. `gone` when the
 * session was destroyed meanwhile, `taken` when the new key exists.
 */
export interface RenameOperation {
  readonly kind: 'rename';
  readonly key: StoredKey;
  readonly newKey: StoredKey;
  readonly data: string;
  readonly expiresAt: Date;
  readonly expectedVersion: Version | undefined;
  readonly userId: string | null;
}

/**
 * Sets a row to what another store holds, if that is newer: data null is a tombstone. `ok` also when this store has a
 * version at least as high already. Only for mirroring between stores, never for a save.
 */
export interface CopyOperation {
  readonly kind: 'copy';
  readonly key: StoredKey;
  readonly data: string | null;
  readonly expiresAt: Date;
  readonly version: Version;
  readonly userId: string | null;
}

export type SessionOperation =
  CopyOperation | CreateOperation | UpdateOperation | TouchOperation | DestroyOperation | RenameOperation;

/**
 * The answer to an operation. `conflict` carries the newer row, so that the caller can merge without another load.
 * `unavailable` says whether the write may have happened (`unknown`) or certainly did not (`none`).
 */
export type ApplyResult =
  | { readonly status: 'ok'; readonly version: Version }
  | { readonly status: 'conflict'; readonly current: SessionRecord }
  | { readonly status: 'gone' }
  | { readonly status: 'taken' }
  | { readonly status: 'unavailable'; readonly cause: unknown; readonly outcome: 'none' | 'unknown' };

export interface SessionStore {
  /** One answer per key, in the order of `keys`. Never rejects for a fault of the database: that is `unavailable`. */
  load(keys: readonly StoredKey[]): Promise<LoadResult[]>;
  /**
   * One answer per operation, in order; at most one operation per key. Operations are independent: some may fail while
   * others are done. An `ok` is durable.
   */
  apply(operations: readonly SessionOperation[]): Promise<ApplyResult[]>;
}
