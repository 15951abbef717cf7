import {
  isEcho,
  isForeign,
  mayClearOutbox,
  maySend,
  otherSite,
  type Version,
} from '@switchyard/session-backends/fence';
import { copyRows } from './copy-rows.ts';
import type { MoveDatabase, MoveRow } from './move-database.ts';
import type { MoveSide } from './move-side.ts';
import { COPY_DEADLINE, rowToCopy, senderOf } from './row-to-copy.ts';

export interface DrainOptions {
  /** Entries per batch. Default is 500. */
  readonly batch?: number;
  /** Of session data per batch; one row may be larger. Default is 4 MiB. */
  readonly batchBytes?: number;
  /** Only these buckets; all by default. */
  readonly buckets?: readonly number[];
  /** Asked between two batches; false ends the work. */
  readonly goOn?: () => boolean;
}

export interface DrainResult {
  /** Rows sent to the other side. */
  readonly copied: number;
  /** Entries cleared: the other side holds the row, or it came from there. */
  readonly cleared: number;
  /** Entries that stay although their row was sent: the other side refused it and lacks it. */
  readonly refused: number;
}

export interface DrainedBatch extends DrainResult {
  /** The next batch begins after this key; `undefined`: that was the last one. */
  readonly next: string | undefined;
}

/** In the order of the index: an entry that stays is passed over until the next pass, and keeps no other one waiting. */
const READ = `with page as materialized (
    select session_key, bucket, version from session_outbox
    where session_key > $1 and ($2::int[] is null or bucket = any ($2)) order by session_key limit $3)
  select r.*, ${COPY_DEADLINE}
  from (
    select o.session_key, o.bucket, o.version as marked, f.move_id, f.epoch, f.state,
      s.version, s.data, s.expires_at, s.user_id, coalesce(octet_length(s.data), 0) as bytes,
      sum(octet_length(s.data)) over (order by o.session_key rows between unbounded preceding and 1 preceding) as bytes_before
    from page o join session_fence f on f.bucket = o.bucket left join session s on s.session_key = o.session_key) r
  where coalesce(r.bytes_before, 0) < $4
  order by r.session_key`;

/** An entry that was marked again since it was read has a higher version, and stays. */
const CLEAR = `delete from session_outbox o using unnest($1::text[], $2::bigint[]) as i(key, version)
  where o.session_key = i.key and o.version <= i.version returning o.session_key`;

/**
 * Carries one batch of an outbox to the other side. An entry is cleared only when the other side holds the row, or
 * something newer; so this may be run by anybody, twice, or be broken off anywhere. That a row has expired is no reason:
 * the other side may have, or be about to get, an older one that has not.
 */
export async function drainBatch(
  from: MoveSide,
  to: MoveSide,
  options: DrainOptions = {},
  after = '',
): Promise<DrainedBatch> {
  const { batch = 500, batchBytes = 4 * 2 ** 20, buckets = null } = options;
  const read = await from.database.query(READ, [after, buckets, batch, batchBytes]);
  const entries = read.filter((row) => maySend(senderOf(row)));
  const destination = otherSite(from.site.name);
  const isOutward = (row: MoveRow): boolean =>
    isThere(row) && !isEcho(versionOf(row), destination) && !isForeign(versionOf(row), senderOf(row));
  const outward = entries.filter(isOutward);
  const there = await copyRows(to, outward.map(rowToCopy));
  const clear = entries.filter(
    (row) => !isThere(row) || mayClearOutbox(versionOf(row), there.get(row['session_key'] as string) ?? 0, destination),
  );
  const cleared = await clearEntries(from.database, clear);
  const isFull = read.length === batch || read.reduce((sum, row) => sum + Number(row['bytes']), 0) >= batchBytes;
  const next = isFull ? (read.at(-1)?.['session_key'] as string | undefined) : undefined;
  return { copied: outward.length, cleared, refused: entries.length - clear.length, next };
}

/** The row of an entry may have been purged since. */
const isThere = (row: MoveRow): boolean => row['version'] !== null;
const versionOf = (row: MoveRow): Version => Number(row['version']);

async function clearEntries(database: MoveDatabase, entries: readonly MoveRow[]): Promise<number> {
  if (entries.length === 0) return 0;
  const keys = entries.map((row) => row['session_key']);
  const versions = entries.map((row) => row['version'] ?? row['marked']);
  return (await database.query(CLEAR, [keys, versions])).length;
}

/** Carries every entry that is there now, once. */
export async function drainPass(from: MoveSide, to: MoveSide, options: DrainOptions = {}): Promise<DrainResult> {
  let sum: DrainResult = { copied: 0, cleared: 0, refused: 0 };
  for (let after: string | undefined = ''; after !== undefined && options.goOn?.() !== false;) {
    const batch: DrainedBatch = await drainBatch(from, to, options, after);
    sum = {
      copied: sum.copied + batch.copied,
      cleared: sum.cleared + batch.cleared,
      refused: sum.refused + batch.refused,
    };
    after = batch.next;
  }
  return sum;
}

/** Drains until nothing is left, or nothing moves any more. */
export async function drain(from: MoveSide, to: MoveSide, options: DrainOptions = {}): Promise<DrainResult> {
  let copied = 0;
  let cleared = 0;
  for (;;) {
    const pass = await drainPass(from, to, options);
    copied += pass.copied;
    cleared += pass.cleared;
    if (pass.cleared === 0) return { copied, cleared, refused: pass.refused };
  }
}

/** How many entries each bucket has. Buckets without any are not in the map. */
export async function countOutbox(database: MoveDatabase): Promise<Map<number, number>> {
  const rows = await database.query('select bucket, count(*)::int as entries from session_outbox group by bucket');
  return new Map(rows.map((row) => [row['bucket'] as number, row['entries'] as number]));
}
