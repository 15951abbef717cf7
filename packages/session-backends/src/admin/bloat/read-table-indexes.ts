import type { SqlExecutor } from '../../sql-executor.ts';

export interface TableIndex {
  /** As SQL has it, with its schema. */
  readonly name: string;
  /** Such as "btree". */
  readonly method: string;
  readonly unique: boolean;
  /** Whether a constraint is kept by it: it is not dropped as other indexes are. */
  readonly constraint: string | undefined;
  readonly bytes: number;
  readonly fillfactor: number;
  /** Of a partial index; `undefined`: every row. */
  readonly rows: number | undefined;
  /** Numbers of all columns that it reads: as keys, beside them, in expressions and in its condition. */
  readonly reads: readonly number[];
  /** What it is sorted by. */
  readonly keys: readonly IndexKey[];
  /** Since the statistics were last reset. */
  readonly scans: number;
}

export interface IndexKey {
  /** Of the table's column; 0: an expression. */
  readonly column: number;
  /** Of an expression, as the last ANALYZE has seen them. `undefined`: not known, or a column. */
  readonly width: number | undefined;
  readonly distinct: number | undefined;
}

const READ = `select format('%I.%I', n.nspname, c.relname) as name, am.amname as method, i.indisunique as "unique",
    (select quote_ident(k.conname) from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x')
      limit 1) as "constraint",
    pg_relation_size(c.oid)::float8 as bytes,
    (select option_value::int from pg_options_to_table(c.reloptions) where option_name = 'fillfactor') as fillfactor,
    case when i.indpred is not null and c.reltuples >= 0 then c.reltuples::float8 end as rows,
    array(select k::int from unnest(i.indkey::int2[]) k where k > 0
      union select d.refobjsubid from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid and d.refobjsubid > 0) as reads,
    coalesce((select json_agg(json_build_object('column', k.number, 'width', s.avg_width, 'distinct', s.n_distinct)
        order by k.place)
      from unnest(i.indkey::int2[]) with ordinality k(number, place)
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.place
        left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname),
      '[]') as keys,
    coalesce(pg_stat_get_numscans(c.oid), 0)::float8 as scans
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_am am on am.oid = c.relam
  where i.indrelid = to_regclass($1) order by c.relname`;

/** What a server fills a leaf of a B-tree to, unless told otherwise. */
const BTREE_FILLFACTOR = 90;

/** @throws {SqlFailure} */
export async function readTableIndexes(executor: SqlExecutor, table: string): Promise<readonly TableIndex[]> {
  const rows = await executor.query(READ, [table], { name: 'sy_table_indexes' });
  return rows.map((row) => ({
    name: String(row['name']),
    method: String(row['method']),
    unique: row['unique'] === true,
    constraint: (row['constraint'] as string | null) ?? undefined,
    bytes: Number(row['bytes']),
    fillfactor: Number(row['fillfactor'] ?? BTREE_FILLFACTOR),
    rows: row['rows'] === null ? undefined : Number(row['rows']),
    reads: (row['reads'] as readonly number[]).map(Number),
    keys: (row['keys'] as readonly { column: number; width: number | null; distinct: number | null }[]).map(
      ({ column, width, distinct }) => ({ column, width: width ?? undefined, distinct: distinct ?? undefined }),
    ),
    scans: Number(row['scans']),
  }));
}
