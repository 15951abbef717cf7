import { bucketOfStored, type KeyEncoding, type StoredKey } from '@switchyard/session-backends';
import type { SiteName } from '@switchyard/session-backends/fence';
import { coveredBuckets } from '../backfill.ts';
import { bucketPhase, type BucketPhase } from '../bucket-phase.ts';
import { readFences } from '../fence-table.ts';
import { MoveError } from '../move-error.ts';
import type { MoveSide } from '../move-side.ts';
import { keyOrder } from './key-order.ts';

export type BothSides = Readonly<Record<SiteName, MoveSide>>;

/** What is compared, and what was known about it at the beginning. */
export interface Scope {
  readonly sides: BothSides;
  readonly moveId: string;
  readonly bucketOf: (key: StoredKey) => number;
  /** Where the keys of the buckets lie. Plain keys may lie anywhere. */
  readonly ranges: readonly KeyRange[];
  /** The buckets that something is carried for. */
  readonly buckets: ReadonlySet<number>;
  readonly skipped: Readonly<Partial<Record<BucketPhase, number>>>;
  /** The buckets that the backfill has finished. */
  readonly covered: ReadonlySet<number>;
  /** What makes each database go through its keys in the order of the bytes. */
  readonly order: Readonly<Record<SiteName, string>>;
  /** By the clock that is behind the other: what has expired by then has expired everywhere. */
  readonly startedAt: Date;
  /** By the planner's estimate. */
  readonly rows: number;
}

export interface KeyRange {
  /** Included. */
  readonly from: string;
  /** Not included; null: to the end. */
  readonly to: string | null;
}

const SKIPPED: readonly BucketPhase[] = ['off', 'complete', 'illegal'];

/** Where a bucket begins; behind the last one, what no key reaches. */
const hex = (bucket: number): string => (bucket === 256 ? 'g' : bucket.toString(16).padStart(2, '0'));

/** @throws {MoveError} NOT_NOW: nothing is carried between these databases; ILLEGAL_FENCES, WRONG_KEY_ENCODING */
export async function openScope(sides: BothSides, encoding: KeyEncoding): Promise<Scope> {
  if (encoding === 'sha256') await Promise.all([refuseClearKeys(sides.old), refuseClearKeys(sides.new)]);
  const { phases, moveId } = await readPhases(sides);
  const skipped: Partial<Record<BucketPhase, number>> = {};
  for (const phase of phases.filter((found) => SKIPPED.includes(found))) skipped[phase] = (skipped[phase] ?? 0) + 1;
  const buckets = phases.flatMap((phase, bucket) => (SKIPPED.includes(phase) ? [] : [bucket]));
  if (buckets.length === 0 && skipped.illegal !== undefined)
    throw new MoveError(
      'ILLEGAL_FENCES',
      'The fences of the two databases contradict each other: nobody can say which rows are right. Look at the status.',
    );
  if (moveId === null || buckets.length === 0)
    throw new MoveError(
      'NOT_NOW',
      'Nothing is carried between the two databases: no move was started, or it is complete.',
    );
  const [covered, oldOrder, newOrder, oldRows, newRows, oldClock, newClock] = await Promise.all([
    coveredBuckets(sides.new.database, moveId),
    keyOrder(sides.old.database, encoding),
    keyOrder(sides.new.database, encoding),
    estimatedRows(sides.old),
    estimatedRows(sides.new),
    clockOf(sides.old),
    clockOf(sides.new),
  ]);
  return {
    sides,
    moveId,
    bucketOf: (key) => bucketOfStored(key, encoding),
    ranges: encoding === 'plain' ? [{ from: '', to: null }] : rangesOf(buckets),
    buckets: new Set(buckets),
    skipped,
    covered,
    order: { old: oldOrder, new: newOrder },
    startedAt: oldClock < newClock ? oldClock : newClock,
    rows: Math.max(oldRows, newRows),
  };
}

/** Neighbours make one range. */
function rangesOf(buckets: readonly number[]): KeyRange[] {
  const firsts = buckets.filter((bucket, i) => buckets[i - 1] !== bucket - 1);
  const lasts = buckets.filter((bucket, i) => buckets[i + 1] !== bucket + 1);
  return firsts.map((first, i) => ({ from: hex(first), to: hex((lasts[i] as number) + 1) }));
}

/** Most rows would be passed over, and nothing said of them. */
async function refuseClearKeys({ database, site }: MoveSide): Promise<void> {
  const rows = await database.query('select session_key from session limit 10');
  if (rows.some((row) => !/^[0-9a-f]{64}$/.test(String(row['session_key']))))
    throw new MoveError(
      'WRONG_KEY_ENCODING',
      `The ${site.name} database has session keys that are no hashes, but keyEncoding is "sha256". Use the one that the rows were written with.`,
    );
}

/** The old fences are read before and after the new ones: had a step been made between, the two would not fit. */
async function readPhases(sides: BothSides): Promise<{ phases: BucketPhase[]; moveId: string | null }> {
  for (let before = await readFences(sides.old.database); ;) {
    const fresh = await readFences(sides.new.database);
    const old = await readFences(sides.old.database);
    if (JSON.stringify(old) === JSON.stringify(before))
      return {
        phases: old.map((fence, bucket) => bucketPhase(fence, fresh[bucket] as (typeof fresh)[number])),
        moveId: fresh.find(({ moveId }) => moveId !== null)?.moveId ?? null,
      };
    before = old;
  }
}

async function clockOf({ database }: MoveSide): Promise<Date> {
  const [row] = await database.query('select clock_timestamp() as now');
  return row?.['now'] as Date;
}

async function estimatedRows({ database }: MoveSide): Promise<number> {
  const rows = await database.query('explain (format json) select from session');
  const [explained] = rows as readonly { 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] }[];
  return explained?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}
