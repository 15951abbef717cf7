import { BUCKETS, maySend, otherSite, type Fence, type SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase } from '../bucket-phase.ts';
import { readFences } from '../fence-table.ts';
import type { MoveSide } from '../move-side.ts';
import { drainPass } from '../outbox.ts';
import { tracedSince } from '../traced.ts';

type Sides = Readonly<Record<SiteName, MoveSide>>;

export interface DrainRound {
  /** Entries cleared, of both sides. */
  readonly cleared: number;
  /** Entries that stayed, by the side that they are at. */
  readonly refused: Readonly<Record<SiteName, number>>;
  /** The sides that list changes of any bucket. */
  readonly capturing: readonly SiteName[];
  /** Buckets in a merge, and those whose merge has ended while the side that was left does not know yet. */
  readonly unsettled: readonly number[];
}

/**
 * Carries across what both outboxes hold, once. What to do is read off the fences: a side sends what it lists, if it may
 * send at all; first of the buckets that it has left, since merges wait for them. Nothing is sent of a bucket whose
 * fences contradict each other or are of different moves: it would be refused.
 */
export async function drainRound(sides: Sides, goOn: () => boolean): Promise<DrainRound> {
  const [old, fresh] = await Promise.all([readFences(sides.old.database), readFences(sides.new.database)]);
  const fences = { old, new: fresh };
  const legal = Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) =>
    isLegal(old[bucket] as Fence, fresh[bucket] as Fence),
  );
  const sending = (side: SiteName, isWanted: (fence: Fence) => boolean): number[] =>
    legal.filter((bucket) => {
      const fence = fences[side][bucket] as Fence;
      return fence.capture && maySend(fence) && isWanted(fence);
    });
  const refused = { old: 0, new: 0 };
  let cleared = 0;
  const carry = async (from: SiteName, isWanted: (fence: Fence) => boolean): Promise<void> => {
    const buckets = sending(from, isWanted);
    if (buckets.length === 0 || !goOn()) return;
    const options = { goOn, ...(buckets.length < BUCKETS && { buckets }) };
    const startedAt = new Date();
    const pass = await drainPass(sides[from], sides[otherSite(from)], options);
    if (pass.cleared + pass.refused > 0)
      tracedSince(startedAt, 'move.drain', {
        'switchyard.database': from,
        'switchyard.copied': pass.copied,
        'switchyard.refused': pass.refused,
      });
    cleared += pass.cleared;
    refused[from] += pass.refused;
  };
  const hasLeft = ({ state }: Fence): boolean => state === 'gone';
  const serves = ({ state }: Fence): boolean => state === 'auth';
  await Promise.all([carry('old', hasLeft), carry('new', hasLeft)]);
  await Promise.all([carry('old', serves), carry('new', serves)]);
  return {
    cleared,
    refused,
    capturing: (['old', 'new'] as const).filter((side) => fences[side].some(({ capture }) => capture)),
    unsettled: legal.filter((bucket) => isUnsettled(old[bucket] as Fence, fresh[bucket] as Fence)),
  };
}

const isLegal = (old: Fence, fresh: Fence): boolean =>
  old.moveId === fresh.moveId && bucketPhase(old, fresh) !== 'illegal';

const isMerging = ({ merge, state }: Fence): boolean => merge && state === 'auth';

const isUnsettled = (old: Fence, fresh: Fence): boolean =>
  isMerging(old) ||
  isMerging(fresh) ||
  (old.state === 'gone' && fresh.state === 'auth') ||
  (fresh.state === 'gone' && old.state === 'auth');
