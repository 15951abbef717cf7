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
  /** Only these buckets; all by default. */
  readonly buckets?: readonly number[];
}

export interface DrainResult {
  /** Rows sent to the other side. */
  readonly copied: number;
  /** Entries cleared: the other side holds the row, or it came from there. */
  readonly cleared: number;
  /** Entries that stay although their row was sent: the other side refused it and lacks it. */
  readonly refused: number;
}

const READ = `select o.session_key, o.bucket, o.version as marked, f.move_id, f.epoch, f.state, ${COPY_DEADLINE},
    s.version, s.data, s.expires_at, s.user_id
  from session_outbox o join session_fence f on f.bucket = o.bucket
  left join session s on s.session_key = o.session_key
  where $2::int[] is null or o.bucket = any ($2)
  order by o.created_at, o.session_key limit $1`;

/** An entry that was marked again since it was read has a higher version, and stays. */
const CLEAR = `delete from session_outbox o using unnest($1::text[], $2::bigint[]) as i(key, version)
  where o.session_key = i.key and o.version <= i.version returning o.session_key`;

/**
 * Carries one batch of an outbox to the other side. An entry is cleared only when the other side holds the row, or
 * something newer; so this may be run by anybody, twice, or be broken off anywhere.
 */
export async function drainBatch(from: MoveSide, to: MoveSide, options: DrainOptions = {}): Promise<DrainResult> {
  const read = await from.database.query(READ, [options.batch ?? 500, options.buckets ?? null]);
  const entries = read.filter((row) => maySend(senderOf(row)));
  const destination = otherSite(from.site.name);
  const isOutward = (row: MoveRow): boolean =>
    isThere(row) && !isEcho(versionOf(row), destination) && !isForeign(versionOf(row), senderOf(row));
  const outward = entries.filter(isOutward).map(rowToCopy);
  const there = await copyRows(to, outward);
  const clear = entries.filter(
    (row) => !isThere(row) || mayClearOutbox(versionOf(row), there.get(row['session_key'] as string) ?? 0, destination),
  );
  const cleared = await clearEntries(from.database, clear);
  return { copied: outward.length, cleared, refused: entries.length - clear.length };
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

/** Drains until nothing is left, or nothing moves any more. */
export async function drain(from: MoveSide, to: MoveSide, options: DrainOptions = {}): Promise<DrainResult> {
  let copied = 0;
  let cleared = 0;
  for (;;) {
    const batch = await drainBatch(from, to, options);
    copied += batch.copied;
    cleared += batch.cleared;
    if (batch.cleared === 0) return { copied, cleared, refused: batch.refused };
  }
}

/** How many entries each bucket has. Buckets without any are not in the map. */
export async function countOutbox(database: MoveDatabase): Promise<Map<number, number>> {
  const rows = await database.query('select bucket, count(*)::int as entries from session_outbox group by bucket');
  return new Map(rows.map((row) => [row['bucket'] as number, row['entries'] as number]));
}
