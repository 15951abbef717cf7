import type { SqlExecutor } from '../../sql-executor.ts';

/** A column, with what the last ANALYZE has seen of it. */
export interface TableColumn {
  /** As SQL has it: quoted where need be. */
  readonly name: string;
  readonly number: number;
  readonly type: string;
  /** A point in time, with a time zone or without. */
  readonly isTime: boolean;
  /** What a stored generated column is made by. */
  readonly generatedBy: string | undefined;
  /** As stored in the row, in bytes; `undefined`: nothing is known. */
  readonly width: number | undefined;
  /** Of the rows, from 0 to 1. */
  readonly nullShare: number;
  /** Different values; below 0, as a share of the rows. `undefined`: not known. */
  readonly distinct: number | undefined;
  /** Bytes that its values are aligned to. */
  readonly alignment: number;
}

const READ = `select quote_ident(a.attname) as name, a.attnum::int as number, format_type(a.atttypid, null) as type,
    a.atttypid in ('timestamp'::regtype, 'timestamptz'::regtype) as is_time, a.attalign as align, a.attlen::int as length,
    case when a.attgenerated = 's' then pg_get_expr(d.adbin, d.adrelid) end as generated_by,
    s.avg_width::float8 as width, coalesce(s.null_frac, 0)::float8 as nulls, s.n_distinct::float8 as "distinct"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
      and not s.inherited
  where c.oid = to_regclass($1) order by a.attnum`;

const ALIGNMENT: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };
/** A value of varying length up to here has a header of one byte, and is not aligned. */
const SHORT = 127;

/** @throws {SqlFailure} */
export async function readTableColumns(executor: SqlExecutor, table: string): Promise<readonly TableColumn[]> {
  const rows = await executor.query(READ, [table], { name: 'sy_table_columns' });
  return rows.map((row) => {
    const length = Number(row['length']);
    const width = numberOr(row['width']) ?? (length > 0 ? length : undefined);
    const isShort = length < 0 && (width === undefined || width <= SHORT);
    return {
      name: String(row['name']),
      number: Number(row['number']),
      type: String(row['type']),
      isTime: row['is_time'] === true,
      generatedBy: (row['generated_by'] as string | null) ?? undefined,
      width,
      nullShare: Number(row['nulls']),
      distinct: numberOr(row['distinct']),
      alignment: isShort ? 1 : (ALIGNMENT[String(row['align'])] ?? 8),
    };
  });
}

const numberOr = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);
