import { otherSite, type SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase, type BucketPhase } from '../bucket-phase.ts';
import { readFleet, type ProcessSeen } from '../fleet/heartbeat.ts';
import type { MoveSide } from '../move-side.ts';
import { readMoveViews, type BucketViews } from '../move-views.ts';
import { lastVerify, type LastVerify } from '../verify/record-verify.ts';
import { readLag, type Lag } from '../worker/read-lag.ts';
import { adviseVerbs, type VerbAdvice } from './advise-verbs.ts';
import { readAudit, type AuditLine } from './audit.ts';
import { probeSide, type SideProbe } from './probe-side.ts';

export type PhaseCounts = Readonly<Partial<Record<BucketPhase, number>>>;

/** Everything about a move that fits on one screen. What a database that is away would say is missing. */
export interface MoveStatus {
  /** Null: no move has claimed the new database. */
  readonly moveId: string | null;
  /** How many of the 256 buckets are in each phase; those that none is in are left out. */
  readonly phases: PhaseCounts;
  /** Buckets that the new side serves, of 256. */
  readonly moved: number;
  /** Buckets that the backfill has copied whole. */
  readonly covered: number;
  /** What is listed at a side and not yet at the other. */
  readonly lag: Readonly<Partial<Record<SiteName, Lag>>>;
  readonly lastVerify: LastVerify | undefined;
  readonly sides: Readonly<Record<SiteName, SideProbe>>;
  readonly fleet: readonly ProcessSeen[];
  readonly verbs: readonly VerbAdvice[];
  /** The newest first. */
  readonly log: readonly AuditLine[];
}

type Sides = Readonly<Record<SiteName, MoveSide>>;

/** Looks at both databases. Rejects only if neither answers. */
export async function readMoveStatus(sides: Sides): Promise<MoveStatus> {
  const [old, fresh] = await Promise.all([probeSide(sides.old.database), probeSide(sides.new.database)]);
  const probes = { old, new: fresh };
  const reached = (['old', 'new'] as const).filter((side) => usable(probes[side]));
  const databases = reached.map((side) => sides[side].database);
  const views = reached.length === 2 ? await readMoveViews(sides) : undefined;
  const moveId = views?.[0]?.new.fence.moveId ?? null;
  const [fleet, log, lags, verified] = await Promise.all([
    readFleet(databases),
    databases[0] === undefined ? [] : readAudit(databases[0]),
    Promise.all(reached.map(async (side) => [side, await readLag(sides[side].database)] as const)),
    moveId === null || databases[0] === undefined ? undefined : lastVerify(databases[0], moveId),
  ]);
  const state = {
    moveId,
    phases: countPhases(views ?? []),
    moved: (views ?? []).filter((view) => view.new.fence.state === 'auth').length,
    covered: (views ?? []).filter((view) => view.new.covered).length,
    lag: Object.fromEntries(lags),
    lastVerify: verified,
    sides: probes,
  };
  return { ...state, fleet, log, verbs: adviseVerbs(state) };
}

/** There, and with the tables of this version. */
export const usable = (probe: SideProbe): boolean => probe.reachable && probe.missing.length === 0;

export function countPhases(views: readonly BucketViews[]): PhaseCounts {
  const counts: Partial<Record<BucketPhase, number>> = {};
  for (const view of views) {
    const phase = bucketPhase(view.old.fence, view.new.fence);
    counts[phase] = (counts[phase] ?? 0) + 1;
  }
  return counts;
}

/** Which side has to be there for the sessions to be served. */
export const needs = (phases: PhaseCounts): SiteName[] => {
  const merging = (phases.merging ?? 0) + (phases['merging-back'] ?? 0) + (phases.switching ?? 0) > 0;
  const old = merging || (phases.off ?? 0) + (phases.mirroring ?? 0) > 0;
  const fresh = merging || (phases.moved ?? 0) + (phases.complete ?? 0) > 0;
  return [...(old ? (['old'] as const) : []), ...(fresh ? [otherSite('old')] : [])];
};
