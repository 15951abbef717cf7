import { SqlFailure, type SqlExecutor } from '../../sql-executor.ts';

/** What lies in a table's pages, as the extension pgstattuple has seen it. */
export interface MeasuredRows {
  readonly liveRows: number;
  readonly liveBytes: number;
  readonly deadRows: number;
  readonly deadBytes: number;
}

const FIND = `select format('%I.pgstattuple_approx($1::regclass)', n.nspname) as call
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    join pg_proc p on p.pronamespace = n.oid and p.proname = 'pgstattuple_approx'
  where e.extname = 'pgstattuple' and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')`;

/**
 * Asks pgstattuple_approx, which reads only the pages that the last vacuum has not found all visible. `undefined`: the
 * extension is not there, not for this user, or would take longer than a statement may.
 * @throws {SqlFailure}
 */
export async function measureLiveRows(executor: SqlExecutor, table: string): Promise<MeasuredRows | undefined> {
  const [found] = await executor.query(FIND, [], { name: 'sy_find_pgstattuple' });
  if (found === undefined) return undefined;
  const measure = `select approx_tuple_count::float8 as live_rows, approx_tuple_len::float8 as live_bytes,
      dead_tuple_count::float8 as dead_rows, dead_tuple_len::float8 as dead_bytes from ${String(found['call'])}`;
  try {
    const [row] = await executor.query(measure, [table], { name: 'sy_measure_rows' });
    if (row === undefined) return undefined;
    return {
      liveRows: Number(row['live_rows']),
      liveBytes: Number(row['live_bytes']),
      deadRows: Number(row['dead_rows']),
      deadBytes: Number(row['dead_bytes']),
    };
  } catch (error) {
    // Out of time, or not to be read by this user.
    if (error instanceof SqlFailure && ['57014', '42501'].includes(error.sqlState ?? '')) return undefined;
    throw error;
  }
}
