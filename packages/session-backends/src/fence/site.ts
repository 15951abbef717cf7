import type { StoredKey } from '../keys.ts';
import type { Fence, SiteName, Version } from './rules.ts';

/** A key and the bucket it falls into. */
export interface SiteKey {
  readonly key: StoredKey;
  readonly bucket: number;
}

/** A row as it lies there, live or not. */
export interface SiteRow {
  /** Null: a tombstone. Also null where the row has expired: nobody may read it then. */
  readonly data: string | null;
  readonly expiresAt: Date;
  readonly version: Version;
  readonly userId: string | null;
  /** Has data, and its expiry is later than the database's clock. */
  readonly live: boolean;
}

export interface SiteLoad {
  readonly fence: Fence;
  readonly row: SiteRow | undefined;
}

interface WriteBase extends SiteKey {
  /** The epoch that the writer believes in: what an `armed` fence asks for. */
  readonly believedEpoch: number;
  /** In merge, the epoch in which the writer has adopted the other site's row; null if it has not. */
  readonly adoptedEpoch: number | null;
}

export interface SiteCreate extends WriteBase {
  readonly kind: 'create';
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
  readonly fresh: boolean;
}

export interface SiteUpdate extends WriteBase {
  readonly kind: 'update';
  /** By how much the version rises: the writer's mark, at least 1. */
  readonly step: number;
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
  readonly expectedVersion: Version | undefined;
}

export interface SiteTouch extends WriteBase {
  readonly kind: 'touch';
  readonly expiresAt: Date;
}

export interface SiteDestroy extends WriteBase {
  readonly kind: 'destroy';
}

export interface SiteRename extends WriteBase {
  readonly kind: 'rename';
  /** In the same bucket. */
  readonly newKey: StoredKey;
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
  readonly expectedVersion: Version | undefined;
}

export type SiteWrite = SiteCreate | SiteUpdate | SiteTouch | SiteDestroy | SiteRename;

export interface SiteWriteResult {
  readonly fence: Fence;
  /** The version written (for a rename: of the new key); `undefined` when nothing was. */
  readonly version: Version | undefined;
  /** Nothing was written because somebody else holds the row: only in answer to several writes, which do not wait. */
  readonly isHeld?: true;
}

/** A row on its way from one site to the other. */
export interface SiteCopy extends SiteKey {
  readonly data: string | null;
  readonly expiresAt: Date;
  readonly version: Version;
  readonly userId: string | null;
  /** The move it was read under; it applies only where the fence names the same one. */
  readonly moveId: string | null;
  /** Set for an adoption: the copy applies only while the fence is in merge in exactly this epoch. */
  readonly adoptEpoch: number | null;
  /** By the database's clock; a copy that arrives later is refused. Null: none. */
  readonly deadline: Date | null;
}

export interface SiteCopyResult {
  readonly fence: Fence;
  readonly applied: boolean;
}

/**
 * One place that rows can live in. Every call is one statement: it checks the fence and acts in one transaction, so that
 * a change of the fence comes wholly before or wholly after it. One answer per item, in order; a key at most once.
 * When it rejects, nothing of it has been done, unless the failure says that this is unknown.
 */
export interface Site {
  readonly name: SiteName;
  /** All 256 fences, by bucket. */
  fences(): Promise<readonly Fence[]>;
  load(keys: readonly SiteKey[]): Promise<readonly SiteLoad[]>;
  /** All of one kind; a rename alone. */
  write(writes: readonly SiteWrite[]): Promise<readonly SiteWriteResult[]>;
  copy(copies: readonly SiteCopy[]): Promise<readonly SiteCopyResult[]>;
}
