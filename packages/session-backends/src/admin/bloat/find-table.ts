import { SqlFailure, type SqlExecutor } from '../../sql-executor.ts';
import { TableSpaceError } from './table-space-error.ts';

/** What else can be said of a table is read by its name as the server spells it. */
export interface FoundTable {
  /** As SQL has it: with its schema, quoted where need be. */
  readonly name: string;
  /** The same without the schema where it is found without. */
  readonly shortName: string;
  readonly serverVersion: number;
}

const FIND = `select format('%I.%I', n.nspname, c.relname) as name, c.oid::regclass::text as short_name, c.relkind as kind,
    coalesce(has_any_column_privilege(c.oid, 'select'), false) as may_read, quote_ident(current_user::text) as who,
    current_setting('server_version_num')::int as version
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = coalesce(to_regclass($1), to_regclass($2))`;

/** What has no rows of its own to look at. */
const KINDS: Readonly<Record<string, string>> = {
  v: 'a view: name the table that it shows',
  p: 'a partitioned table: name one of its partitions',
  f: 'a foreign table: look at it where it lies',
  i: 'an index: name its table',
  S: 'a sequence: name a table',
};

/**
 * Finds a table by its name: as it stands first (`Session`, `shop.Session`), then as SQL reads it (`"Session"`).
 * `undefined`: there is none.
 * @throws {TableSpaceError} TABLE_UNKNOWN for what cannot be a name, TABLE_REFUSED, TABLE_UNSUPPORTED
 * @throws {SqlFailure}
 */
export async function findTable(executor: SqlExecutor, table: string): Promise<FoundTable | undefined> {
  const exact = table.split('.').map((part) => `"${part.replaceAll('"', '""')}"`);
  const rows = await executor
    .query(FIND, [exact.join('.'), table], { name: 'sy_find_table' })
    .catch((error: unknown) => {
      throw error instanceof SqlFailure ? (explain(error, table) ?? error) : error;
    });
  const [row] = rows;
  if (row === undefined) return undefined;
  const kind = KINDS[String(row['kind'])];
  if (kind !== undefined) throw new TableSpaceError('TABLE_UNSUPPORTED', `"${table}" is ${kind}.`);
  const name = String(row['name']);
  if (row['may_read'] !== true)
    throw new TableSpaceError(
      'TABLE_REFUSED',
      `This user may not read ${name}, nor its statistics. Let its owner run: grant select on ${name} to ${String(row['who'])};`,
    );
  return { name, shortName: String(row['short_name']), serverVersion: Number(row['version']) };
}

function explain(error: SqlFailure, table: string): TableSpaceError | undefined {
  const { sqlState = '' } = error;
  if (sqlState === '42501')
    return new TableSpaceError(
      'TABLE_REFUSED',
      `This user may not look into the schema of "${table}". Let its owner grant usage on the schema, and select on the table.`,
      { cause: error },
    );
  // No name, too many parts, a part of nothing, or one with another database in front.
  if (/^(42601|42602|22023|0A000)$/.test(sqlState))
    return new TableSpaceError(
      'TABLE_UNKNOWN',
      `"${table}" is not the name of a table. It is table, or schema.table.`,
      { cause: error },
    );
  return undefined;
}
