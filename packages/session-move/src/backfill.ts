import { isForeign, maySend } from '@switchyard/session-backends/fence';
import { copyRows } from './copy-rows.ts';
import { MoveError } from './move-error.ts';
import type { MoveDatabase, MoveRow } from './move-database.ts';
import type { MoveSide } from './move-side.ts';
import { COPY_DEADLINE, rowToCopy, senderOf } from './row-to-copy.ts';

export interface BackfillOptions {
  /** Rows per batch. Default is 500. */
  readonly batch?: number;
  /** Told after each batch how many rows of the bucket have been copied by this call. */
  readonly onProgress?: (bucket: number, copied: number) => void;
  /** Ends the work after the batch under way. */
  readonly signal?: AbortSignal;
}

const hex = (bucket: number): string => bucket.toString(16).padStart(2, '0');

/** The keys of a bucket are those that begin with its two hex digits. */
const endOf = (bucket: number): string => (bucket === 255 ? 'g' : hex(bucket + 1));

const READ = `select s.session_key, $4::int as bucket, f.move_id, f.epoch, f.state, ${COPY_DEADLINE}, s.version, s.data, s.expires_at, s.user_id
  from session s, session_fence f
  where s.session_key > $1 and s.session_key < $2 and f.bucket = $4 order by s.session_key limit $3`;

const CURSOR = 'select last_key, done from session_move_cursor where bucket = $1 and move_id = $2';

const ADVANCE = `insert into session_move_cursor as c (bucket, move_id, last_key, copied, done, updated_at)
  values ($1, $2, $3, $4, $5, clock_timestamp())
  on conflict (bucket) do update set
    move_id = excluded.move_id, last_key = excluded.last_key, done = excluded.done, updated_at = excluded.updated_at,
    copied = excluded.copied + case when c.move_id = excluded.move_id then c.copied else 0 end`;

/**
 * Copies a bucket's rows in key order, from where the cursor at the destination says. The cursor moves only after the
 * destination holds the rows: a crash in between repeats a batch, which does nothing to what is there already. Rows that
 * change after they were read are the outbox's: capture has to be on before this begins.
 *
 * @throws {MoveError} NOT_NOW when the destination refuses the rows: it belongs to another move by now
 */
export async function backfillBucket(
  from: MoveSide,
  to: MoveSide,
  bucket: number,
  moveId: string,
  options: BackfillOptions = {},
): Promise<number> {
  const batch = options.batch ?? 500;
  const [cursor] = await to.database.query(CURSOR, [bucket, moveId]);
  if (cursor?.['done'] === true) return 0;
  let last = (cursor?.['last_key'] as string | undefined) || hex(bucket);
  let copied = 0;
  for (;;) {
    const rows = await from.database.query(READ, [last, endOf(bucket), batch, bucket]);
    const copies = rows.filter((row) => maySendRow(row, bucket)).map(rowToCopy);
    const there = await copyRows(to, copies);
    if (copies.some(({ key, version }) => (there.get(key) ?? 0) < version))
      throw new MoveError(
        'NOT_NOW',
        `The destination refused rows of bucket ${bucket}: this is not its move any more.`,
      );
    last = (rows.at(-1)?.['session_key'] as string | undefined) ?? last;
    const done = rows.length < batch;
    await to.database.query(ADVANCE, [bucket, moveId, last, copies.length, done]);
    copied += copies.length;
    options.onProgress?.(bucket, copied);
    if (done || options.signal?.aborted === true) return copied;
  }
}

/** A row that came from the other side is not sent back. */
function maySendRow(row: MoveRow, bucket: number): boolean {
  const sender = senderOf(row);
  if (!maySend(sender)) throw new MoveError('NOT_NOW', `Bucket ${bucket} is being switched: run the backfill again.`);
  return !isForeign(Number(row['version']), sender);
}

/** The buckets that this move has copied whole. */
export async function coveredBuckets(destination: MoveDatabase, moveId: string): Promise<Set<number>> {
  const rows = await destination.query('select bucket from session_move_cursor where move_id = $1 and done', [moveId]);
  return new Set(rows.map((row) => row['bucket'] as number));
}
