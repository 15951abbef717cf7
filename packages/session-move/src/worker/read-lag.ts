import type { MoveDatabase } from '../move-database.ts';

/** What is waiting at a side to be carried to the other one. */
export interface Lag {
  readonly entries: number;
  /** For how long the oldest has been on the list, by the database's clock; 0 when there is none. */
  readonly oldestMs: number;
}

const READ = `select count(*)::float8 as entries,
    coalesce(greatest(0, extract(epoch from clock_timestamp() - min(created_at)) * 1000), 0)::float8 as oldest_ms
  from session_outbox`;

export async function readLag(database: MoveDatabase): Promise<Lag> {
  const [row] = await database.query(READ);
  return { entries: Number(row?.['entries']), oldestMs: Math.round(Number(row?.['oldest_ms'])) };
}
