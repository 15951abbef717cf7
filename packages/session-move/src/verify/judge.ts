import { epochOf, otherSite, ownerOf, type SiteName, type Version } from '@switchyard/session-backends/fence';
import type { Reign } from './reign.ts';
import type { FindingKind } from './verify-report.ts';

/** A row as it was seen; data and user as hashes. */
export interface RowSeen {
  readonly version: Version;
  readonly expiresAtMs: number;
  /** Null: a tombstone. */
  readonly data: string | null;
  readonly user: string | null;
}

/** A key as it was seen at one side, in one statement. */
export interface KeySeen {
  readonly row: RowSeen | undefined;
  /** For how long the outbox has had the key on its list; `undefined`: it has not. */
  readonly waitingMs: number | undefined;
}

/** A key as it was seen at the old side, then at the new one, then at the old one again. */
export interface Sighting {
  readonly before: KeySeen;
  readonly new: KeySeen;
  readonly after: KeySeen;
  readonly reign: Reign;
  /** The backfill into the new side had finished the bucket when the new side was looked at. */
  readonly covered: boolean;
  /** The clock of the side that serves, at its last look. */
  readonly clockMs: number;
}

export type VerdictKind = 'same' | 'caught-up' | 'lag' | 'expired-only' | 'not-covered' | FindingKind;

/** What a sighting means, and the two looks that it was told from. */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly old: KeySeen;
  readonly new: KeySeen;
  /** Whose row is the newer one; `undefined`: both have the same version. */
  readonly newer: SiteName | undefined;
}

const versionOf = ({ row }: KeySeen): Version => row?.version ?? 0;

/**
 * Tells a fault from what is only on its way. No time has to pass for that: of the two looks that are compared, the one
 * at the newer row came first. So
 *
 * - a row that was not in the outbox then had been carried before, and must be at the other side in the later look: an
 *   entry is cleared only after the other side has the row;
 * - a row that the authority lacks in the later look cannot have come from it, since versions there only rise. Unless it
 *   has been purged, and what is purged has expired.
 */
export function judge(sighting: Sighting): Verdict {
  const { before, new: fresh, after } = sighting;
  if (versionOf(before) > versionOf(fresh)) return judgeNewer(sighting, 'old', before, fresh);
  if (versionOf(fresh) > versionOf(after)) return judgeNewer(sighting, 'new', fresh, after);
  const same = [before, after].find((look) => versionOf(look) === versionOf(fresh));
  // It was written and carried while we looked.
  if (same === undefined) return { kind: 'caught-up', old: after, new: fresh, newer: undefined };
  return { kind: judgeSame(sighting, same, fresh), old: same, new: fresh, newer: undefined };
}

function judgeSame(sighting: Sighting, old: KeySeen, fresh: KeySeen): VerdictKind {
  if (differences(old.row, fresh.row).length === 0) return 'same';
  return allExpired(sighting, [old, fresh]) ? 'expired-only' : 'corruption';
}

function judgeNewer(sighting: Sighting, newer: SiteName, source: KeySeen, destination: KeySeen): Verdict {
  const kind = kindOfNewer(sighting, newer, source, destination);
  return newer === 'old'
    ? { kind, old: source, new: destination, newer }
    : { kind, old: destination, new: source, newer };
}

function kindOfNewer(sighting: Sighting, newer: SiteName, source: KeySeen, destination: KeySeen): VerdictKind {
  if (allExpired(sighting, [source, destination])) return 'expired-only';
  const { reign, covered } = sighting;
  if (!mayBeAhead(newer, versionOf(source), reign)) return 'rogue-writer';
  if (source.waitingMs !== undefined) return 'lag';
  const isExpected = newer === 'old' ? covered : true;
  const isCarried = newer !== reign.side || reign.capture;
  return isExpected && isCarried ? 'lost-capture' : 'not-covered';
}

/**
 * May a side hold a row that the other has not got yet? The one that serves may. So may, in a merge, the one that was
 * left: what it wrote itself, in an epoch before this one.
 */
const mayBeAhead = (side: SiteName, version: Version, reign: Reign): boolean =>
  side === reign.side || (reign.merge && epochOf(version) < reign.epoch && ownerOf(epochOf(version)) === side);

const allExpired = ({ clockMs }: Sighting, looks: readonly KeySeen[]): boolean =>
  looks.every(({ row }) => row === undefined || row.expiresAtMs <= clockMs);

/** What two rows of the same version differ in. */
export function differences(old: RowSeen | undefined, fresh: RowSeen | undefined): ('data' | 'expiry' | 'user')[] {
  if (old === undefined || fresh === undefined) return [];
  return [
    ...(old.data === fresh.data ? [] : (['data'] as const)),
    ...(old.expiresAtMs === fresh.expiresAtMs ? [] : (['expiry'] as const)),
    ...(old.user === fresh.user ? [] : (['user'] as const)),
  ];
}

const FINDINGS: Readonly<Record<VerdictKind, boolean>> = {
  same: false,
  'caught-up': false,
  lag: false,
  'expired-only': false,
  'not-covered': false,
  'lost-capture': true,
  corruption: true,
  'rogue-writer': true,
};

export const isFinding = (kind: VerdictKind): kind is FindingKind => FINDINGS[kind];

/** The side that a repair takes the row from. */
export const sourceOf = ({ kind, newer }: Verdict, { side }: Reign): SiteName =>
  kind === 'lost-capture' && newer !== undefined ? newer : side;

export const destinationOf = (verdict: Verdict, reign: Reign): SiteName => otherSite(sourceOf(verdict, reign));
