import type { SiteName } from '@switchyard/session-backends/fence';
import { readMoveStatus, type MoveSide } from '@switchyard/session-move';
import { actionSlots } from '../actions/action-slots.ts';
import { readBucketStates } from './bucket-states.ts';
import type { ConsoleStatus } from './console-status.ts';
import { createErrorTally } from './error-tally.ts';
import { readFillStatus } from './fill-status.ts';
import { fleetTotals } from './fleet-totals.ts';
import { createPaceMeter } from './pace-meter.ts';
import { readSideStats, type SideStats } from './side-stats.ts';
import { readWorker } from './worker-seen.ts';

/** Reads everything once. Rejects if a database goes away in the middle: the next look will say so. */
export type StatusReader = () => Promise<ConsoleStatus>;

/** What is in the tables is looked at less often. */
const STATS_EVERY_MS = 5_000;

const SIDES: readonly SiteName[] = ['old', 'new'];

export function createStatusReader(sides: Readonly<Record<SiteName, MoveSide>>): StatusReader {
  const slots = actionSlots(sides.new.database);
  const pace = createPaceMeter();
  const errors = createErrorTally();
  const kept: Partial<Record<SiteName, { readonly at: number; readonly stats: SideStats }>> = {};

  const statsOf = async (side: SiteName): Promise<SideStats> => {
    const last = kept[side];
    if (last !== undefined && last.at > Date.now() - STATS_EVERY_MS) return last.stats;
    const stats = await readSideStats(sides[side].database);
    kept[side] = { at: Date.now(), stats };
    return stats;
  };

  return async () => {
    const move = await readMoveStatus(sides);
    const reached = SIDES.filter((name) => {
      const probe = move.sides[name];
      return probe.reachable && probe.missing.length === 0;
    });
    const isThere = reached.includes('new');
    const { database } = sides.new;
    const [buckets, stats, worker, actions] = await Promise.all([
      readBucketStates(sides, reached),
      Promise.all(reached.map(async (side) => [side, await statsOf(side)] as const)),
      isThere ? readWorker(database) : undefined,
      isThere ? slots.read() : [],
    ]);
    errors.add(move.fleet);
    const { old, ...rest } = Object.fromEntries(stats) as Partial<Record<SiteName, SideStats>>;
    const total = old === undefined ? 0 : old.live + old.expired + (old.tombstones ?? 0);
    return {
      at: Date.now(),
      move,
      buckets,
      stats: { ...(old !== undefined && { old }), ...rest },
      fill: isThere && move.moveId !== null ? await readFillStatus(database, move.moveId, total, pace) : undefined,
      worker,
      actions,
      fleet: fleetTotals(move.fleet),
      errors: errors.counts(),
    };
  };
}
