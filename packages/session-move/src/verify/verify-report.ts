import type { BucketPhase } from '../bucket-phase.ts';

/**
 * What is wrong with a row.
 *
 * - `lost-capture`: the side that serves holds a newer row, nothing is on its way and the backfill has been there: the
 *   other side would never get it. A tombstone that is missing there is one, too: its session would come back
 * - `corruption`: both sides have the same version, with other data, another expiry or another user
 * - `rogue-writer`: the side that does not serve holds a newer row, or one that the other never had: something has
 *   written it past the fences
 */
export type FindingKind = 'lost-capture' | 'corruption' | 'rogue-writer';

/** What one side holds of a key. */
export interface SideFound {
  readonly version: number;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly state: 'live' | 'expired' | 'tombstone';
}

export interface VerifyFinding {
  readonly kind: FindingKind;
  readonly bucket: number;
  /** The first eight hex digits of the key's SHA-256. */
  readonly key: string;
  /** Null: there is no row. */
  readonly old: SideFound | null;
  readonly new: SideFound | null;
  /** Of a corruption: what is not the same. */
  readonly differs: readonly ('data' | 'expiry' | 'user')[];
  readonly repaired: boolean;
}

/** What a comparison of both sides has found. Plain JSON; has neither data nor whole keys. */
export interface VerifyReport {
  readonly moveId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The share of the rows that was drawn; null: all rows were compared. */
  readonly sample: number | null;
  /** Rows read at each side. */
  readonly rows: { readonly old: number; readonly new: number };
  /** `skipped`: buckets that nothing is carried for, or whose fences contradict each other, by their phase. */
  readonly buckets: { readonly compared: number; readonly skipped: Readonly<Partial<Record<BucketPhase, number>>> };
  readonly lag: {
    /** Rows that an outbox still has on its list. */
    readonly waiting: number;
    /** Rows that differed at first and had arrived at the second look. */
    readonly caughtUp: number;
    /** How long the oldest of those that wait has been on the list. */
    readonly oldestMs: number;
  };
  /** Rows that differ, but have expired wherever they are: one side has purged them already. */
  readonly expiredOnly: number;
  /** Rows of buckets that the backfill has not finished. */
  readonly notCovered: number;
  /** All findings, whether they are listed or not. */
  readonly found: Readonly<Record<FindingKind, number>>;
  readonly repaired: Readonly<Record<FindingKind, number>>;
  /** The first hundred. */
  readonly findings: readonly VerifyFinding[];
  /** Nothing is wrong, or nothing any more; and no bucket has fences that contradict each other. */
  readonly clean: boolean;
}

/** As it is kept in the log. */
export type VerifySummary = Omit<VerifyReport, 'findings'>;
