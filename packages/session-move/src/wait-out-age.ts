import type { MoveSide } from './move-side.ts';

/** What keeps a bucket from being whole at the new side without a backfill. */
export interface WaitingOut {
  /** Rows that have not been written since the old side began to list changes, and have not expired. */
  readonly sessions: number;
  /** When the last of them expires. */
  readonly until: Date | undefined;
}

/** Destroyed ones too: until it expires, a tombstone has to be where its key could be made anew. */
const READ = `select session_key, version, expires_at from session
  where session_key > $1 and session_key < $2 and expires_at > clock_timestamp() order by session_key limit $3`;

const THERE = 'select session_key, version from session where session_key = any ($1)';

const COVERED = `insert into session_move_cursor as c (bucket, move_id, last_key, copied, done, updated_at)
  values ($1, $2, '', 0, true, clock_timestamp())
  on conflict (bucket) do update set move_id = excluded.move_id, done = true, updated_at = excluded.updated_at`;

const PAGE = 1_000;

const hex = (bucket: number): string => (bucket === 256 ? 'g' : bucket.toString(16).padStart(2, '0'));

/**
 * The slow way of filling the new side: copy nothing, and wait until every session has been written once, or has expired.
 * Looks whether that is so for a bucket, and if it is, marks it as covered. Capture has to be on; whatever changes from
 * then on is in the outbox, so what is found here stays so.
 */
export async function waitOutAge(old: MoveSide, fresh: MoveSide, bucket: number, moveId: string): Promise<WaitingOut> {
  let sessions = 0;
  let until: Date | undefined;
  for (let last = hex(bucket); ;) {
    const rows = await old.database.query(READ, [last, hex(bucket + 1), PAGE]);
    const keys = rows.map((row) => row['session_key'] as string);
    const there = new Map(
      (await fresh.database.query(THERE, [keys])).map((row) => [row['session_key'], Number(row['version'])]),
    );
    for (const row of rows) {
      if ((there.get(row['session_key']) ?? 0) >= Number(row['version'])) continue;
      const expiresAt = row['expires_at'] as Date;
      sessions++;
      if (until === undefined || until < expiresAt) until = expiresAt;
    }
    if (rows.length < PAGE) break;
    last = keys.at(-1) as string;
  }
  if (sessions === 0) await fresh.database.query(COVERED, [bucket, moveId]);
  return { sessions, until };
}
