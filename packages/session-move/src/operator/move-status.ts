import type { Fence, SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase, type BucketPhase } from '../bucket-phase.ts';
import { readFences } from '../fence-table.ts';
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
  const fences = await Promise.all(
    reached.map(async (side) => [side, await readFences(sides[side].database)] as const),
  );
  const moveId = fences.flatMap(([, [first]]) => first?.moveId ?? []).at(-1) ?? null;
  const [fleet, log, lags, verified] = await Promise.all([
    readFleet(databases),
    databases[0] === undefined ? [] : readAudit(databases[0]),
    Promise.all(reached.map(async (side) => [side, await readLag(sides[side].database)] as const)),
    moveId === null || databases[0] === undefined ? undefined : lastVerify(databases[0], moveId),
  ]);
  const state = {
    moveId,
    phases: countPhases(views ?? []),
    moved: countMoved(Object.fromEntries(fences)),
    covered: (views ?? []).filter((view) => view.new.covered).length,
    lag: Object.fromEntries(lags),
    lastVerify: verified,
    sides: probes,
  };
  return { ...state, fleet, log, verbs: adviseVerbs(state) };
}

/** As the new side has it or, if that is away, as the old one does. */
const countMoved = ({ old = [], new: fresh }: Partial<Record<SiteName, readonly Fence[]>>): number =>
  fresh === undefined
    ? old.filter(({ state }) => state !== 'auth' && state !== 'armed').length
    : fresh.filter(({ state }) => state === 'auth').length;

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
