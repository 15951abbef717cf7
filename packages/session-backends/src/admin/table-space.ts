import type { SqlExecutor } from '../sql-executor.ts';

/** How much room a table takes, and how its rows have been updated. */
export interface TableSpace {
  /** Of the rows, with what is kept out of line, in bytes. */
  readonly tableBytes: number;
  /** The part of this that is kept out of line (TOAST), with its index. */
  readonly toastBytes: number;
  /** Of all its indexes, in bytes. */
  readonly indexBytes: number;
  /** Estimates of the server's, as it last looked or counted. */
  readonly liveRows: number;
  readonly deadRows: number;
  /** Since its statistics were last reset. */
  readonly updates: number;
  /** Of these, the ones that left every index as it was (heap-only): what they replace is reclaimed without a vacuum. */
  readonly hotUpdates: number;
  /** `undefined`: never, as far as the server knows. */
  readonly vacuumedAt: Date | undefined;
  /** The last one that nobody asked for; `undefined` as above. */
  readonly autovacuumedAt: Date | undefined;
}

const READ = `select pg_table_size(t.relid)::float8 as table_bytes, pg_indexes_size(t.relid)::float8 as index_bytes,
    coalesce((select pg_total_relation_size(c.reltoastrelid) from pg_class c
      where c.oid = t.relid and c.reltoastrelid <> 0), 0)::float8 as toast_bytes,
    t.n_live_tup::float8 as live, t.n_dead_tup::float8 as dead, t.n_tup_upd::float8 as updates,
    t.n_tup_hot_upd::float8 as hot, greatest(t.last_vacuum, t.last_autovacuum) as vacuumed_at,
    t.last_autovacuum as autovacuumed_at
  from pg_stat_user_tables t where t.relid = to_regclass($1)`;

/**
 * Looks at what the server knows of a table; the counts lag a second or so behind. `undefined`: there is no such table.
 * @throws {SqlFailure}
 */
export async function readTableSpace(executor: SqlExecutor, table = 'session'): Promise<TableSpace | undefined> {
  const [row] = await executor.query(READ, [table], { name: 'sy_table_space' });
  if (row === undefined) return undefined;
  return {
    tableBytes: Number(row['table_bytes']),
    toastBytes: Number(row['toast_bytes']),
    indexBytes: Number(row['index_bytes']),
    liveRows: Number(row['live']),
    deadRows: Number(row['dead']),
    updates: Number(row['updates']),
    hotUpdates: Number(row['hot']),
    vacuumedAt: (row['vacuumed_at'] as Date | null) ?? undefined,
    autovacuumedAt: (row['autovacuumed_at'] as Date | null) ?? undefined,
  };
}
