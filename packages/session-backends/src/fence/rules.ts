/**
 * The rules of the fence: small pure functions that say who may act on a key and which of two rows wins.
 *
 * They are written once. The SQL of the PostgreSQL site is held to them by property tests; the in-memory site, the
 * store's client, the move's controller and the exhaustive model call them.
 *
 * Words: a *bucket* is one of 256 shares of the keys. Each bucket has one *authority* at any time: the site whose fence
 * row says `auth`. An *epoch* is one reign of an authority; odd epochs belong to the old site, even ones to the new.
 * A *tombstone* is a row whose data is null: the session was destroyed.
 */

export const BUCKETS = 256;

/** The two places a session can live in. A shop that never moves has only `old`. */
export type SiteName = 'old' | 'new';

/**
 * Order of all writes to one key: `epoch * 2^40 + counter`, a safe integer (epoch ≤ MAX_EPOCH), so it is a plain number
 * in JavaScript and a bigint in SQL. 0 stands for "no row".
 */
export type Version = number;

const COUNTERS = 2 ** 40;
export const MAX_EPOCH = 8191;

export type FenceState = 'auth' | 'armed' | 'gone' | 'idle';

/** One row of `session_fence`: what one site says about one bucket. */
export interface Fence {
  readonly epoch: number;
  readonly state: FenceState;
  /** The other site may hold rows that this one lacks: look there before saying "absent". */
  readonly merge: boolean;
  /** Copies below this version are refused: everything older has been accounted for. */
  readonly floor: Version;
  /** Writes leave an outbox entry, so that the worker carries them to the other site. */
  readonly capture: boolean;
  /** The move that this fence belongs to; null while no move has claimed the site. */
  readonly moveId: string | null;
}

/** What a process thinks of a bucket: who serves it, in which epoch. */
export interface Belief {
  readonly site: SiteName;
  readonly epoch: number;
}

export type FenceDecision =
  | { readonly kind: 'serve'; readonly epoch: number; readonly merge: boolean }
  | { readonly kind: 'bounce'; readonly to: Belief };

export const versionOf = (epoch: number, counter: number): Version => epoch * COUNTERS + counter;
export const epochOf = (version: Version): number => Math.floor(version / COUNTERS);
export const counterOf = (version: Version): number => version % COUNTERS;

/**
 * The version that the next write gets: counts up within an epoch, begins anew in the next one. By how much is the
 * writer's mark: it draws the step, so that it can tell its own write from another's with the same bytes.
 */
export const nextVersion = (current: Version, epoch: number, step = 1): Version =>
  epochOf(current) >= epoch ? current + step : versionOf(epoch, step);

/** 2025-01-01T00:00:00Z: the counter of a new row starts at the milliseconds since then, and has room until 2059. */
export const COUNTERS_BEGIN_AT = 1_735_689_600_000;

/**
 * The version of a row that is created, given the database's clock in milliseconds since 1970. A key may be created
 * anew after its tombstone has been purged, when the other side still has that tombstone, or a save of the earlier
 * session is still on its way: so the counter does not start at 1 but above whatever the key has had in this epoch.
 */
export const firstVersion = (epoch: number, clockMs: number): Version =>
  versionOf(epoch, Math.max(1, clockMs - COUNTERS_BEGIN_AT));

export const otherSite = (site: SiteName): SiteName => (site === 'old' ? 'new' : 'old');
export const ownerOf = (epoch: number): SiteName => (epoch % 2 === 1 ? 'old' : 'new');

/**
 * May a statement act at `site`, whose fence is `fence`, for a process that believes in `believedEpoch`?
 *
 * `auth` serves everybody. `armed` serves only those who believe in that epoch or a later one: they have seen the other
 * side give up. Everything else sends the caller on, with the least it has to believe there.
 *
 * `standalone` is for a store that knows one site only (no move is configured): it is served by an `idle` fence that no
 * move has claimed.
 */
export function decideFence(site: SiteName, fence: Fence, believedEpoch: number, standalone = false): FenceDecision {
  const serve: FenceDecision = { kind: 'serve', epoch: fence.epoch, merge: fence.merge };
  const bounce = (epoch: number): FenceDecision => ({ kind: 'bounce', to: { site: otherSite(site), epoch } });
  switch (fence.state) {
    case 'auth':
      return serve;
    case 'armed':
      return believedEpoch >= fence.epoch ? serve : bounce(Math.max(believedEpoch, fence.epoch - 1));
    case 'gone':
      return bounce(fence.epoch);
    case 'idle':
      return standalone && fence.moveId === null ? serve : bounce(believedEpoch);
  }
}

/** In merge, a row that is absent or of an earlier epoch may be out of date: the other site has to be asked. */
export const mustAskOther = (merge: boolean, row: Version, epoch: number): boolean => merge && epochOf(row) < epoch;

/**
 * The second read of a merge counts only if the other site has given up in favour of exactly this epoch; otherwise the
 * caller was late and starts over.
 */
export const otherHasGivenUp = (other: Fence, epoch: number): boolean =>
  other.state === 'gone' && other.epoch === epoch;

/**
 * Which row a load in a merge answers with; both are judged by the clock of the first read. A row of this very epoch on
 * the other site has been written here since that read, and copied there: start over.
 */
export const mergeWinner = (own: Version, other: Version, epoch: number): 'own' | 'other' | 'start over' => {
  if (epochOf(other) >= epoch) return 'start over';
  return own >= other ? 'own' : 'other';
};

/** May a row fetched from the other site be adopted here (on top of the copy guard)? */
export const mayAdopt = (fence: Fence, epoch: number): boolean => fence.merge && fence.epoch === epoch;

/**
 * May a write go onto the row it finds? In merge, a row below the epoch must have been adopted in exactly this epoch
 * first (`adoptedEpoch`); whether the row is live is the caller's question.
 */
export const mayWriteOver = (merge: boolean, row: Version, epoch: number, adoptedEpoch: number | null): boolean =>
  !mustAskOther(merge, row, epoch) || adoptedEpoch === epoch;

/** In merge, a create whose key somebody else may know has to look for it on the other side first, as a write does. */
export const mayCreate = (merge: boolean, fresh: boolean, epoch: number, adoptedEpoch: number | null): boolean =>
  !merge || fresh || adoptedEpoch === epoch;

/** The guard of every copy (drain, backfill, adoption, repair): only upwards, never from below the floor. */
export const copyApplies = (source: Version, destination: Version, floor: Version): boolean =>
  source > destination && source >= floor;

/** A row that was written at the destination's side came from there: it is never sent back. */
export const isEcho = (version: Version, destination: SiteName): boolean => ownerOf(epochOf(version)) === destination;

/**
 * May a job read rows at this side, to carry them to the other one? The authority may, and a side that has given up. An
 * armed or idle side holds copies whose tombstones the other one may have purged already.
 */
export const maySend = (source: Pick<Fence, 'state'>): boolean => source.state === 'auth' || source.state === 'gone';

/**
 * A side that has given up for an epoch holds rows of that epoch only as copies from the other side. They are never
 * copied back, by whatever job: they would come late, when their tombstone has been purged. (Rows of earlier epochs are
 * sent, whoever wrote them: a side that was emptied needs them, and elsewhere the floor keeps them out.)
 */
export const isForeign = (version: Version, source: Pick<Fence, 'state' | 'epoch'>): boolean =>
  source.state === 'gone' && epochOf(version) >= source.epoch;

/** May an outbox entry be cleared? Only when the destination holds the row, or something newer, or it came from there. */
export const mayClearOutbox = (source: Version, atDestination: Version, destination: SiteName): boolean =>
  isEcho(source, destination) || atDestination >= source;

/** Parity: the side that was left has nothing that this side lacks, so merge may end. */
export const hasParity = (outboxOfLeftSide: number, backfillCovered: boolean): boolean =>
  outboxOfLeftSide === 0 && backfillCovered;

/** May the authority delete tombstones and expired rows of this bucket for good? */
export const mayPurge = (fence: Fence, outboxHasKey: boolean): boolean =>
  fence.state === 'auth' && !fence.merge && !outboxHasKey;

/**
 * May the side that does not serve delete what is an hour past its expiry? Only once it is settled: `idle`, so that no
 * merge can be in the middle of asking it, and with a floor that refuses every copy of an earlier epoch. Copies of this
 * epoch are read where they are written, and an hour is well past their deadline. A row of a later epoch was written
 * here, before a disarm that came too late: this side is going to be the authority again.
 */
export const mayPurgeMirror = (fence: Fence, row: Version): boolean =>
  fence.state === 'idle' && fence.floor >= versionOf(fence.epoch, 0) && epochOf(row) <= fence.epoch;

/**
 * What a process believes that has just asked both fences; `undefined` stands for a site that could not be reached.
 * The highest epoch wins, but an armed fence is no authority yet: it only says that the other site may still be one.
 * With one site unreachable, the other one serves only if it is the authority itself. `undefined`: nobody may serve.
 */
export function beliefAtStart(old: Fence | undefined, fresh: Fence | undefined): Belief | undefined {
  const claims = [old && claimOf('old', old), fresh && claimOf('new', fresh)].filter((claim) => claim !== undefined);
  const [first, second] = claims;
  if (first === undefined) return undefined;
  if (second === undefined) return (old ?? fresh)?.state === 'auth' ? first : undefined;
  return first.epoch >= second.epoch ? first : second;
}

function claimOf(site: SiteName, fence: Fence): Belief {
  if (fence.state === 'auth') return { site, epoch: fence.epoch };
  return { site: otherSite(site), epoch: fence.state === 'armed' ? fence.epoch - 1 : fence.epoch };
}

/** A write whose answer was lost, and what a read of its key (for a rename: of the new key) has found since. */
export interface LostWrite {
  readonly kind: 'create' | 'update' | 'touch' | 'destroy' | 'rename';
  /** The version the write asked for; `undefined`: it was to go over whatever live row was there. */
  readonly expectedVersion: Version | undefined;
  /** The version of the live row that is there now; `undefined`: there is none. */
  readonly foundVersion: Version | undefined;
  /**
   * The row carries the mark of this very write. Equal bytes are no mark: two requests that each put one of the same
   * article into the same basket write equal bytes.
   */
  readonly foundOwn: boolean;
}

/**
 * How to go on after a lost answer. `done`: the write has happened. `repeat`: send the same statement again; should the
 * first one still be on its way, only one of the two can take effect. `unknown`: the caller has to be told so.
 */
export function settleLostWrite(lost: LostWrite): 'done' | 'repeat' | 'unknown' {
  if (lost.kind === 'destroy') return lost.foundVersion === undefined ? 'done' : 'repeat';
  if (lost.kind === 'touch') return 'unknown';
  if (lost.foundOwn) return 'done';
  const untouched = lost.expectedVersion !== undefined && lost.expectedVersion === lost.foundVersion;
  return lost.kind === 'update' && untouched ? 'repeat' : 'unknown';
}
