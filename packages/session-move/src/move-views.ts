import { BUCKETS, ownerOf, type Fence, type SiteName, type Version } from '@switchyard/session-backends/fence';
import { coveredBuckets } from './backfill.ts';
import { bucketPhase } from './bucket-phase.ts';
import { readFences } from './fence-table.ts';
import type { MoveSide } from './move-side.ts';
import type { SiteView } from './model/fence-steps.ts';

/** What both sides say about one bucket. */
export interface BucketViews {
  readonly old: SiteView;
  readonly new: SiteView;
}

/** The lowest version that each bucket's outbox holds: enough to know whether it is empty, and whether it is old. */
async function lowestInOutbox({ database }: MoveSide): Promise<Map<number, Version>> {
  const rows = await database.query('select bucket, min(version) as lowest from session_outbox group by bucket');
  return new Map(rows.map((row) => [row['bucket'] as number, Number(row['lowest'])]));
}

/** A switch takes some tens of milliseconds; what contradicts itself for longer does. */
const READS = 4;
const AGAIN_MS = 100;

/**
 * Reads both sides, bucket by bucket. The state of a move is here and nowhere else.
 *
 * The sides are not read at one moment. What somebody has switched in between looks as if they contradicted each other,
 * and is read again.
 */
export async function readMoveViews(sides: Readonly<Record<SiteName, MoveSide>>): Promise<BucketViews[]> {
  for (let reads = 1; ; reads++) {
    const views = await readBoth(sides);
    if (reads === READS || views.every((view) => bucketPhase(view.old.fence, view.new.fence) !== 'illegal'))
      return views;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function readBoth(sides: Readonly<Record<SiteName, MoveSide>>): Promise<BucketViews[]> {
  const [old, fresh] = await Promise.all([readSide('old', sides.old), readSide('new', sides.new)]);
  return Array.from({ length: BUCKETS }, (_, bucket) => ({ old: old(bucket), new: fresh(bucket) }));
}

async function readSide(name: SiteName, side: MoveSide): Promise<(bucket: number) => SiteView> {
  const [fences, outbox] = await Promise.all([readFences(side.database), lowestInOutbox(side)]);
  const moves = [...new Set(fences.map(({ moveId }) => moveId))].filter((moveId) => moveId !== null);
  const covered = new Map(
    await Promise.all(moves.map(async (moveId) => [moveId, await coveredBuckets(side.database, moveId)] as const)),
  );
  return (bucket) => {
    const fence = fences[bucket] as Fence;
    const lowest = outbox.get(bucket);
    return {
      name,
      fence,
      outbox: lowest === undefined ? [] : [lowest],
      covered: isCovered(name, fence, covered, bucket),
    };
  };
}

/** The old side has its own rows: only the new one has to be filled. */
const isCovered = (name: SiteName, fence: Fence, covered: ReadonlyMap<string, Set<number>>, bucket: number): boolean =>
  name === ownerOf(1) || (fence.moveId !== null && covered.get(fence.moveId)?.has(bucket) === true);
