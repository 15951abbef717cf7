import type { MoveDatabase } from '@switchyard/session-move';
import type { PaceMeter } from './pace-meter.ts';

/** How far the new database is filled, whoever fills it. */
export interface FillStatus {
  /** Rows that have been read and carried. */
  readonly copied: number;
  readonly covered: number;
  readonly rowsPerSecond: number;
  /** `undefined`: nothing is being copied, or nobody can say. */
  readonly leftMs: number | undefined;
}

const READ = `select count(*) filter (where done)::int as covered, coalesce(sum(copied), 0)::float8 as copied
  from session_move_cursor where move_id = $1`;

export async function readFillStatus(
  database: MoveDatabase,
  moveId: string,
  totalRows: number,
  pace: PaceMeter,
): Promise<FillStatus> {
  const [row] = await database.query(READ, [moveId]);
  const copied = Number(row?.['copied']);
  const covered = Number(row?.['covered']);
  const rowsPerSecond = pace.add(copied);
  const isFilling = covered < 256 && rowsPerSecond > 0;
  return {
    copied,
    covered,
    rowsPerSecond: Math.round(rowsPerSecond),
    leftMs: isFilling ? (Math.max(0, totalRows - copied) / rowsPerSecond) * 1_000 : undefined,
  };
}
