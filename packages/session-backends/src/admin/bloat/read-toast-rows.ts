import type { SqlExecutor } from '../../sql-executor.ts';

/** The pieces of what is kept out of line, as the server counts them. */
export interface ToastRows {
  readonly live: number;
  readonly dead: number;
}

const READ = `select coalesce(pg_stat_get_live_tuples(c.reltoastrelid), 0)::float8 as live,
    coalesce(pg_stat_get_dead_tuples(c.reltoastrelid), 0)::float8 as dead
  from pg_class c where c.oid = to_regclass($1) and c.reltoastrelid <> 0`;

/** @throws {SqlFailure} */
export async function readToastRows(executor: SqlExecutor, table: string): Promise<ToastRows> {
  const [row] = await executor.query(READ, [table], { name: 'sy_toast_rows' });
  return { live: Number(row?.['live'] ?? 0), dead: Number(row?.['dead'] ?? 0) };
}
