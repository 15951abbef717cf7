import type { MoveDatabase } from './move-database.ts';
import type { MoveSide } from './move-side.ts';
import { readCursors } from './worker/backfill-cursor.ts';
import { fillScan } from './worker/fill-scan.ts';
import { keyScans, type KeyScan } from './worker/key-scan.ts';
import { scanOrder } from './worker/scan-order.ts';

export interface BackfillBucketOptions {
  /** Rows per batch. Default is 500. */
  readonly batch?: number;
  /** Told after each batch how many rows of the bucket have been read by this call. */
  readonly onProgress?: (bucket: number, rows: number) => void;
  /** Ends the work after the batch under way. */
  readonly signal?: AbortSignal;
}

/**
 * Copies the rows of one bucket, under hashed keys, from where the cursor at the destination says; see backfill() for the
 * whole table. Resolves to how many rows this call has read.
 *
 * @throws {MoveError} as backfill() does
 */
export async function backfillBucket(
  from: MoveSide,
  to: MoveSide,
  bucket: number,
  moveId: string,
  options: BackfillBucketOptions = {},
): Promise<number> {
  const cursor = (await readCursors(to.database, moveId)).get(bucket);
  if (cursor?.done === true) return 0;
  let rows = 0;
  await fillScan(from, to, keyScans([bucket], 'sha256')[0] as KeyScan, {
    moveId,
    order: await scanOrder(from.database, 'sha256'),
    lastKey: cursor?.lastKey ?? '',
    nextBatch: () => ({ rows: options.batch ?? 500, bytes: 2 ** 20 }),
    onBatch: async (batch) => {
      rows += batch.rows;
      options.onProgress?.(bucket, rows);
      return options.signal?.aborted !== true;
    },
  });
  return rows;
}

/** The buckets that this move has copied whole. */
export async function coveredBuckets(destination: MoveDatabase, moveId: string): Promise<Set<number>> {
  const rows = await destination.query('select bucket from session_move_cursor where move_id = $1 and done', [moveId]);
  return new Set(rows.map((row) => row['bucket'] as number));
}
