import type { Pool } from 'pg';
import { readTableShape, type TableShape } from './table-shape.ts';

/** What is in a database's schema, apart from what belongs to extensions and to Prisma. */
export interface DatabaseShape {
  /** By name. */
  readonly tables: ReadonlyMap<string, TableShape>;
  /** `type mood` → its labels, `function f(integer)` → its definition. */
  readonly rest: ReadonlyMap<string, string>;
}

export async function readDatabaseShape(pool: Pool): Promise<DatabaseShape> {
  const { rows: names } = await pool.query<{ name: string }>(TABLES);
  const tables = new Map<string, TableShape>();
  for (const { name } of names) tables.set(name, (await readTableShape(pool, name)) ?? new Map<string, string>());
  const { rows: rest } = await pool.query<{ part: string; is: string }>(REST);
  return { tables, rest: new Map(rest.map(({ part, is }) => [part, is])) };
}

const notOfAnExtension = (catalog: string): string =>
  `not exists (select from pg_depend where classid = '${catalog}'::regclass and objid = ${catalog}.oid and deptype = 'e')`;

// A partition is what its table says.
const TABLES = `
  select relname as name from pg_class
   where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
     and relname <> '_prisma_migrations' and ${notOfAnExtension('pg_class')}
   order by 1`;

// The functions of triggers are told of with their tables.
const REST = `
  select 'type ' || typname as part, (select string_agg(enumlabel, ', ' order by enumsortorder) from pg_enum
      where enumtypid = pg_type.oid) as is
    from pg_type
   where typnamespace = current_schema()::regnamespace and typtype = 'e' and ${notOfAnExtension('pg_type')}
  union all
  select 'function ' || proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')', 'with the body ' || md5(prosrc)
    from pg_proc
   where pronamespace = current_schema()::regnamespace and prokind in ('f', 'p')
     and prorettype <> 'trigger'::regtype and ${notOfAnExtension('pg_proc')}
   order by 1`;
