import type { ProcessSeen, SideProbe } from '@switchyard/session-move';
import type { BucketState } from '../../../src/ops/status/bucket-states.ts';
import type { ConsoleStatus } from '../../../src/ops/status/console-status.ts';
import { fleetTotals } from '../../../src/ops/status/fleet-totals.ts';

export const reached: SideProbe = {
  reachable: true,
  p50Ms: 0.2,
  p99Ms: 0.8,
  clockOffsetMs: 0,
  writable: true,
  isolation: 'read committed',
  missing: [],
  oldestTransaction: undefined,
  rows: 10,
  bytes: 4_096,
};

export const away: SideProbe = { reachable: false, why: 'ECONNREFUSED' };

/** 256 buckets, so many in each state. */
export const bucketsOf = (counts: Partial<Record<BucketState, number>>): BucketState[] =>
  (Object.entries(counts) as [BucketState, number][]).flatMap(([state, count]) =>
    Array.from({ length: count }, () => state),
  );

const emptySide = { statements: 0, errors: 0, reads: 0, writes: 0, errorCodes: {}, p50Ms: 0, p99Ms: 0 };

export const processOf = (changes: Partial<ProcessSeen> = {}): ProcessSeen => ({
  name: 'host/1/abc',
  role: 'shop',
  beat: 1,
  silentForMs: 100,
  windowMs: 2_000,
  lowestEpoch: 1,
  highestEpoch: 1,
  sides: { old: emptySide, new: emptySide },
  cache: null,
  ...changes,
});

export const sideOf = (changes: Partial<typeof emptySide> & { errorCodes?: Record<string, number> }) => ({
  ...emptySide,
  ...changes,
});

/** What the console sees while no move is under way, but for the changes. */
export function statusOf({
  move,
  ...changes
}: Partial<Omit<ConsoleStatus, 'move'>> & { readonly move?: Partial<ConsoleStatus['move']> } = {}): ConsoleStatus {
  return {
    at: 0,
    move: {
      moveId: null,
      phases: { off: 256 },
      moved: 0,
      covered: 0,
      lag: { old: { entries: 0, oldestMs: 0 }, new: { entries: 0, oldestMs: 0 } },
      lastVerify: undefined,
      sides: { old: reached, new: reached },
      fleet: [],
      verbs: [],
      log: [],
      ...move,
    },
    buckets: bucketsOf({ off: 256 }),
    stats: {},
    fill: undefined,
    worker: undefined,
    actions: [],
    fleet: fleetTotals(move?.fleet ?? []),
    errors: [],
    ...changes,
  };
}
