import type { MoveDatabase } from '../move-database.ts';
import { SESSION_TABLES } from '../session-tables.ts';

/** How far a backfill is. */
export interface BackfillProgress {
  /** Rows read and carried so far, by earlier runs, too. */
  readonly rows: number;
  /** About so many there are: the planner's estimate. */
  readonly totalRows: number;
  /** Of session data, by this run. */
  readonly bytes: number;
  /** Buckets that the new side has whole, of 256. */
  readonly covered: number;
  /** Of late. */
  readonly rowsPerSecond: number;
  /** At this rate; `undefined`: nobody can say. */
  readonly leftMs: number | undefined;
}

export interface BackfillMeter {
  add(batch: { readonly rows: number; readonly bytes: number; readonly covered: number }): BackfillProgress;
  progress(): BackfillProgress;
}

const WINDOW_MS = 10_000;

/** The planner's estimate, brought up to the table's present size; counted where there is none yet. */
const ESTIMATE = `select case when c.reltuples > 0 and c.relpages > 0
    then c.reltuples::float8 / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int) end as rows
  from (${SESSION_TABLES} limit 1) c`;

export async function estimateRows(database: MoveDatabase): Promise<number> {
  const [row] = await database.query(ESTIMATE);
  if (typeof row?.['rows'] === 'number') return Math.round(row['rows']);
  const [counted] = await database.query('select count(*)::float8 as rows from session');
  return Number(counted?.['rows']);
}

/** Sums up batches, given where an earlier run has ended. */
export function backfillMeter(
  start: { readonly rows: number; readonly totalRows: number; readonly covered: number },
  now: () => number = () => performance.now(),
): BackfillMeter {
  let { rows, covered } = start;
  let bytes = 0;
  /** The oldest first; what was there before the first batch is the zero. */
  const marks = [{ at: now(), rows }];

  const progress = (): BackfillProgress => {
    const [first, last] = [marks[0], marks.at(-1)] as [(typeof marks)[0], (typeof marks)[0]];
    const rowsPerMs = (last.rows - first.rows) / Math.max(1, last.at - first.at);
    const totalRows = Math.max(rows, start.totalRows);
    return {
      rows,
      totalRows,
      bytes,
      covered,
      rowsPerSecond: Math.round(rowsPerMs * 1_000),
      leftMs: rowsPerMs > 0 ? Math.round((totalRows - rows) / rowsPerMs) : undefined,
    };
  };

  return {
    progress,
    add: (batch) => {
      rows += batch.rows;
      bytes += batch.bytes;
      covered += batch.covered;
      const at = now();
      marks.push({ at, rows });
      while (marks.length > 2 && at - (marks[1] as { at: number }).at > WINDOW_MS) marks.shift();
      return progress();
    },
  };
}
