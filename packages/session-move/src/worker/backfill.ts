import type { KeyEncoding } from '@switchyard/session-backends';
import { BUCKETS, maySend, type Fence, type SiteName } from '@switchyard/session-backends/fence';
import { readFences } from '../fence-table.ts';
import { MoveError } from '../move-error.ts';
import type { MoveSide } from '../move-side.ts';
import { traced } from '../traced.ts';
import { readCursors, type BackfillCursor } from './backfill-cursor.ts';
import { backfillMeter, estimateRows, type BackfillProgress } from './backfill-progress.ts';
import { fillScan, type BatchSize } from './fill-scan.ts';
import { keyScans, type KeyScan } from './key-scan.ts';
import { probeLive } from './live-probe.ts';
import { scanOrder } from './scan-order.ts';
import { createThrottle, type Throttle, type ThrottleState } from './throttle.ts';

export interface BackfillOptions {
  /** As the rows were written. Default is "sha256". With "plain", no bucket is covered before all of them are. */
  readonly keyEncoding?: KeyEncoding;
  /** Rows in a batch at full speed. Default is 250. */
  readonly batchRows?: number;
  /** Of session data in a batch at full speed. Default is 256 KiB. */
  readonly batchBytes?: number;
  /** "auto", the default: slow down so that the latency of the databases that serve stays near the usual. */
  readonly throttle?: 'auto' | 'off';
  /** At most so many rows a second, on average. Default is no limit. */
  readonly maxRowsPerSecond?: number;
  /** Ends the work after the batch under way. */
  readonly signal?: AbortSignal;
  /** Asked before each batch; false ends the work. */
  readonly goOn?: () => boolean;
  /** After each batch. */
  readonly onProgress?: (progress: BackfillProgress, throttle: ThrottleState) => void;
}

type Sides = Readonly<Record<SiteName, MoveSide>>;

const FULL_BATCH: BatchSize = { rows: 250, bytes: 2 ** 18 };

/** What has to be copied yet. */
interface Missing {
  readonly moveId: string;
  /** Those that can be copied now. */
  readonly buckets: readonly number[];
  /** Not covered, and being switched. */
  readonly waiting: number;
  readonly cursors: ReadonlyMap<number, BackfillCursor>;
}

/**
 * Copies what was at the old side before it began to list its changes, and the new one lacks. Goes on where it was broken
 * off, wherever that was; to run it twice at once is a waste and does no harm. A few batches are in memory at most, whatever the
 * size of the table.
 *
 * Resolves when there is nothing left to copy, or it was told to end; `covered` says which. What is copied at the end is
 * what had to be: what has changed meanwhile is the drain's.
 *
 * @throws {MoveError} NOT_NOW when no move has been started, or buckets are being switched meanwhile; WRONG_KEY_ENCODING
 */
export async function backfill(sides: Sides, options: BackfillOptions = {}): Promise<BackfillProgress> {
  const progress = await backfillMissing(sides, options);
  if (progress !== undefined) return progress;
  throw new MoveError('NOT_NOW', 'No move has been started: there is nothing to fill the new database for.');
}

/** The same; `undefined`: there is no move. */
export async function backfillMissing(sides: Sides, options: BackfillOptions): Promise<BackfillProgress | undefined> {
  const missing = await findMissing(sides);
  if (missing === undefined) return undefined;
  const { cursors, buckets, waiting } = missing;
  // A key in clear may be of any bucket: what is passed over once is not looked at again.
  if (options.keyEncoding === 'plain' && waiting > 0)
    throw new MoveError('NOT_NOW', `${waiting} buckets are being switched: run the backfill again.`);
  const earlier = [...cursors.values()];
  const rows = earlier.reduce((sum, { copied }) => sum + copied, 0);
  const covered = earlier.filter(({ done }) => done).length;
  const totalRows = buckets.length === 0 ? rows : await estimateRows(sides.old.database);
  const meter = backfillMeter({ rows, totalRows, covered });
  if (buckets.length === 0) return meter.progress();
  const throttle = openThrottle(sides, options);
  try {
    await traced('move.fill', { 'switchyard.buckets': buckets.length }, async (span) => {
      await fill(sides, missing, options, throttle, (batch) => {
        const progress = meter.add(batch);
        options.onProgress?.(progress, throttle.state());
      });
      span?.setAttribute('switchyard.copied', meter.progress().rows - rows);
    });
    return meter.progress();
  } finally {
    throttle.close();
  }
}

async function fill(
  sides: Sides,
  { moveId, buckets, cursors }: Missing,
  { keyEncoding = 'sha256', throttle: setting = 'auto', signal, goOn }: BackfillOptions,
  throttle: Throttle,
  onBatch: (batch: { rows: number; bytes: number; covered: number }) => void,
): Promise<void> {
  const order = await scanOrder(sides.old.database, keyEncoding);
  let hasFailed = false;
  const mayGoOn = (): boolean => !hasFailed && signal?.aborted !== true && goOn?.() !== false;
  const fillBuckets = async (some: readonly number[]): Promise<void> => {
    try {
      for (const scan of keyScans(some, keyEncoding)) if (mayGoOn()) await fillOne(scan);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  const fillOne = (scan: KeyScan): Promise<boolean> =>
    fillScan(sides.old, sides.new, scan, {
      moveId,
      order,
      lastKey: cursors.get(scan.buckets[0] as number)?.lastKey ?? '',
      nextBatch: throttle.nextBatch,
      onBatch: async (batch) => {
        onBatch(batch);
        await throttle.rest(batch, signal);
        return mayGoOn();
      },
    });
  // While one waits for a database, the other one's rows are made ready. Where it is to go easy, there is no hurry.
  const half = setting === 'auto' || keyEncoding === 'plain' ? buckets.length : Math.ceil(buckets.length / 2);
  const lanes = await Promise.allSettled([fillBuckets(buckets.slice(0, half)), fillBuckets(buckets.slice(half))]);
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
}

/** By the fences, as everything: where the old side lists its changes for the very move that has claimed the new one. */
async function findMissing({ old, new: fresh }: Sides): Promise<Missing | undefined> {
  const [from, to] = await Promise.all([readFences(old.database), readFences(fresh.database)]);
  const isFilled = (fence: Fence, bucket: number): boolean =>
    fence.capture && fence.moveId !== null && fence.moveId === to[bucket]?.moveId;
  const moveId = from.find(isFilled)?.moveId;
  if (moveId === undefined || moveId === null) return undefined;
  const cursors = await readCursors(fresh.database, moveId);
  const uncovered = Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(
    (bucket) => cursors.get(bucket)?.done !== true,
  );
  const buckets = uncovered.filter((bucket) => {
    const fence = from[bucket] as Fence;
    return isFilled(fence, bucket) && maySend(fence);
  });
  return { moveId, buckets, waiting: uncovered.length - buckets.length, cursors };
}

function openThrottle(sides: Sides, options: BackfillOptions): Throttle {
  const { throttle = 'auto', maxRowsPerSecond, batchRows, batchBytes } = options;
  return createThrottle({
    fullBatch: { rows: batchRows ?? FULL_BATCH.rows, bytes: batchBytes ?? FULL_BATCH.bytes },
    maxRowsPerSecond,
    probe: throttle === 'off' ? undefined : () => probeLive([sides.old, sides.new]),
  });
}
