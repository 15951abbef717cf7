import type { MoveDatabase } from '../move-database.ts';

/** How far the backfill of one bucket has come, as the destination remembers it. */
export interface BackfillCursor {
  readonly lastKey: string;
  readonly done: boolean;
  /** Rows that have been sent so far. */
  readonly copied: number;
}

export interface CursorAdvance {
  readonly bucket: number;
  readonly lastKey: string;
  readonly done: boolean;
  /** Rows that have been sent since the last advance. */
  readonly copied: number;
}

const READ = 'select bucket, last_key, done, copied from session_move_cursor where move_id = $1';

const ADVANCE = `insert into session_move_cursor as c (bucket, move_id, last_key, copied, done, updated_at)
  select bucket, $1, last_key, copied, done, clock_timestamp()
    from unnest($2::smallint[], $3::text[], $4::bigint[], $5::boolean[]) as i(bucket, last_key, copied, done) order by bucket
  on conflict (bucket) do update set
    move_id = excluded.move_id, last_key = excluded.last_key, updated_at = excluded.updated_at,
    done = excluded.done or (c.done and c.move_id = excluded.move_id),
    copied = excluded.copied + case when c.move_id = excluded.move_id then c.copied else 0 end`;

/** The cursors of a move, by bucket; a bucket that was not begun has none. */
export async function readCursors(destination: MoveDatabase, moveId: string): Promise<Map<number, BackfillCursor>> {
  const rows = await destination.query(READ, [moveId]);
  return new Map(
    rows.map((row) => [
      row['bucket'] as number,
      { lastKey: row['last_key'] as string, done: row['done'] === true, copied: Number(row['copied']) },
    ]),
  );
}

export async function advanceCursors(
  destination: MoveDatabase,
  moveId: string,
  advances: readonly CursorAdvance[],
): Promise<void> {
  if (advances.length === 0) return;
  await destination.query(ADVANCE, [
    moveId,
    ...(['bucket', 'lastKey', 'copied', 'done'] as const).map((name) => advances.map((advance) => advance[name])),
  ]);
}
