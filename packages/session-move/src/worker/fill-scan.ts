import { bucketOfStored, type KeyEncoding, type StoredKey } from '@switchyard/session-backends';
import { isForeign, maySend } from '@switchyard/session-backends/fence';
import { copyRows } from '../copy-rows.ts';
import type { MoveRow } from '../move-database.ts';
import { MoveError } from '../move-error.ts';
import type { MoveSide } from '../move-side.ts';
import { COPY_DEADLINE, rowToCopy, senderOf } from '../row-to-copy.ts';
import { advanceCursors, type CursorAdvance } from './backfill-cursor.ts';
import type { KeyScan } from './key-scan.ts';

/** How much is read and copied at once: whichever of the two is reached first. */
export interface BatchSize {
  readonly rows: number;
  /** Of session data. One row may be larger: it is a batch of its own then. */
  readonly bytes: number;
}

/** One batch that the destination holds, and its cursor says so. */
export interface FilledBatch {
  readonly rows: number;
  readonly bytes: number;
  /** From sending the rows to the destination's answer. */
  readonly tookMs: number;
  /** Buckets that are covered since. */
  readonly covered: number;
}

export interface FillScanOptions {
  readonly moveId: string;
  /** What to put behind `session_key`, see scanOrder. */
  readonly order: string;
  /** Where an earlier call has ended; empty: it begins. */
  readonly lastKey: string;
  /** Asked before each batch is read. */
  readonly nextBatch: () => BatchSize;
  /** After each batch; the next one is copied when this has resolved. False ends the work. */
  readonly onBatch: (batch: FilledBatch) => Promise<boolean>;
}

const digit = (at: number): string => `(strpos('0123456789abcdef', substr(s.session_key, ${at}, 1)) - 1)`;

/** As keys.ts has it. What comes out for a key that is no hash does not matter: nothing is done with it then. */
const BUCKET: Readonly<Record<KeyEncoding, string>> = {
  sha256: `${digit(1)} * 16 + ${digit(2)}`,
  plain: `get_byte(sha256(convert_to(s.session_key, 'UTF8')), 0)`,
};

const HASH = /^[0-9a-f]{64}$/;

/**
 * Rows up to the first one before which enough bytes have been collected. The fence is read with them, in one snapshot.
 * The deadline is that of all, and costs too much to be sent with each.
 */
const readBatch = (encoding: KeyEncoding, order: string): string => `
select r.*, f.move_id, f.epoch, f.state, case when r.bytes_before is null then d.deadline end as deadline
from (select ${COPY_DEADLINE}) d, (
  select s.session_key, s.version, s.data, s.expires_at, s.user_id, ${BUCKET[encoding]} as bucket,
    coalesce(octet_length(s.data), 0) as bytes,
    sum(octet_length(s.data)) over (order by s.session_key${order} rows between unbounded preceding and 1 preceding) as bytes_before
  from session s where s.session_key${order} > $1 and ($2::text is null or s.session_key${order} < $2)
  order by s.session_key${order} limit $3) r
left join session_fence f on f.bucket = r.bucket
where coalesce(r.bytes_before, 0) < $4
order by r.session_key${order}`;

const keyOf = (row: MoveRow): StoredKey => row['session_key'] as StoredKey;

/**
 * Copies the rows of one scan, batch by batch, in key order; the next batch is read while this one is copied, so that two
 * are in memory at most. The cursor moves only after the destination holds the rows: whoever is stopped in between
 * repeats a batch, which does nothing to what is there already. Rows that change after they were read are the outbox's:
 * capture has to be on before this begins.
 *
 * Resolves to whether the end was reached.
 * @throws {MoveError} NOT_NOW when a bucket is being switched, or the destination belongs to another move by now;
 *   WRONG_KEY_ENCODING
 */
export async function fillScan(
  from: MoveSide,
  to: MoveSide,
  scan: KeyScan,
  options: FillScanOptions,
): Promise<boolean> {
  const wanted = new Set(scan.buckets);
  const left = [...scan.buckets];
  const text = readBatch(scan.keyEncoding, options.order);
  const read = async (after: string): Promise<Page> => {
    const size = options.nextBatch();
    const rows = await from.database.query(text, [after, scan.before, size.rows, size.bytes]);
    const bytes = rows.reduce((sum, row) => sum + Number(row['bytes']), 0);
    const isLast = rows.length < size.rows && bytes < size.bytes;
    return { rows, bytes, end: isLast ? undefined : keyOf(rows.at(-1) as MoveRow) };
  };

  for (let ahead = read(options.lastKey === '' ? scan.after : options.lastKey); ;) {
    const { rows, bytes, end } = await ahead;
    if (end !== undefined) {
      ahead = read(end);
      // Whether anybody will wait for it or not.
      ahead.catch(() => undefined);
    }
    const startedAt = performance.now();
    const copied = await copyBatch(from, to, rows, scan, wanted);
    const tookMs = performance.now() - startedAt;
    const covered = await advance(to, options.moveId, scan, left, end, copied);
    const goOn = await options.onBatch({ rows: rows.length, bytes, tookMs, covered });
    if (end === undefined) return true;
    if (!goOn) return false;
  }
}

interface Page {
  readonly rows: readonly MoveRow[];
  readonly bytes: number;
  /** Its last key; `undefined`: nothing comes after it. */
  readonly end: StoredKey | undefined;
}

/** How many rows were sent, by the bucket whose cursor counts them: of a scan of keys in clear, the first one. */
type Copied = ReadonlyMap<number, number>;

async function copyBatch(
  from: MoveSide,
  to: MoveSide,
  rows: readonly MoveRow[],
  { keyEncoding, buckets: [first = 0] }: KeyScan,
  wanted: ReadonlySet<number>,
): Promise<Copied> {
  if (keyEncoding === 'sha256' && rows.some((row) => !HASH.test(keyOf(row))))
    throw new MoveError(
      'WRONG_KEY_ENCODING',
      `The ${from.site.name} database has session keys that are no hashes, but keyEncoding is "${keyEncoding}". Use the one that the rows were written with.`,
    );
  const deadline = rows[0]?.['deadline'] as Date;
  const copies = rows
    .filter((row) => wanted.has(row['bucket'] as number) && maySendRow(row))
    .map((row) => ({ ...rowToCopy(row), deadline }));
  const there = await copyRows(to, copies);
  const refused = copies.find(({ key, version }) => (there.get(key) ?? 0) < version);
  if (refused !== undefined)
    throw new MoveError(
      'NOT_NOW',
      `The ${to.site.name} database refused rows of bucket ${refused.bucket}: they came too late, or this is not their move any more.`,
    );
  const counts = new Map<number, number>();
  for (const { bucket } of copies) {
    const counted = keyEncoding === 'plain' ? first : bucket;
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
  }
  return counts;
}

/** A row that came from the other side is not sent back. */
function maySendRow(row: MoveRow): boolean {
  const sender = senderOf(row);
  if (!maySend(sender))
    throw new MoveError('NOT_NOW', `Bucket ${String(row['bucket'])} is being switched: run the backfill again.`);
  return !isForeign(Number(row['version']), sender);
}

/** Takes what is covered now out of `left`; resolves to how many buckets that are. */
async function advance(
  to: MoveSide,
  moveId: string,
  scan: KeyScan,
  left: number[],
  end: StoredKey | undefined,
  copied: Copied,
): Promise<number> {
  // Hashed keys come bucket by bucket; in clear, none is complete before the end.
  const [first] = scan.buckets;
  const at = scan.keyEncoding === 'plain' ? first : end && bucketOfStored(end);
  const isBehind = (bucket: number): boolean => end === undefined || bucket < (at as number);
  const advances = left
    .filter((bucket) => isBehind(bucket) || bucket === at)
    .map((bucket): CursorAdvance => {
      const done = isBehind(bucket);
      return { bucket, lastKey: done ? '' : (end as string), done, copied: copied.get(bucket) ?? 0 };
    });
  await advanceCursors(to.database, moveId, advances);
  const covered = advances.filter(({ done }) => done).length;
  left.splice(0, covered);
  return covered;
}
