import { hash } from 'node:crypto';
import { SqlFailure, type SqlExecutor, type SqlRow } from '../../sql-executor.ts';
import { readExpiry, type SharedTable } from '../shared-table.ts';
import { ImportError } from './import-error.ts';
import type { SessionSource, SourceEntry } from './session-source.ts';

export interface TableSource extends SessionSource {
  /** As it was found: with `timeZone: null` where its times have a zone of their own, whatever the library makes. */
  readonly table: SharedTable;
}

/**
 * The live sessions of a table, in the order of their keys.
 * @throws {ImportError} also for a table some rows of which would be hidden
 */
export async function tableSource(executor: SqlExecutor, declared: SharedTable): Promise<TableSource> {
  const { table, key, data } = declared;
  const tag = hash('sha256', JSON.stringify(declared)).slice(0, 8);

  const query = async (name: string, text: string, values: readonly unknown[]): Promise<readonly SqlRow[]> => {
    try {
      return await executor.query(text, values, { name: `sy_import_${name}_${tag}` });
    } catch (cause) {
      throw cause instanceof SqlFailure ? explain(cause, table) : cause;
    }
  };

  // Of no row at all, too, the type is known.
  const look = `select pg_typeof((select s.${declared.expires} from ${table} s limit 1))::text as type, row_security_active($1) as filtered`;
  const [found] = await query('look', look, [table]);
  if (found?.['filtered'] === true)
    throw new ImportError(
      'SOURCE_REFUSED',
      `Row-level security hides sessions in ${table} from this user: import as one who may see them all.`,
    );
  const shared = withZoneOf(declared, String(found?.['type']));
  const expiry = readExpiry(shared);
  const live = `${expiry} > clock_timestamp()`;
  const columns = `s.${key} as key, s.${data}::text as text, ${expiry} as expires_at`;

  return {
    table: shared,
    count: async () => Number((await query('count', `select count(*) as rows from ${table}`, []))[0]?.['rows']),
    page: async (from, limit) => {
      const text = `select ${columns} from ${table} s where s.${key} > $1 and ${live} order by s.${key} limit ${limit}`;
      const entries = (await query(`page_${limit}`, text, [from ?? ''])).map(toEntry);
      return { entries, next: entries.length < limit ? undefined : entries.at(-1)?.key };
    },
    find: async (keys) => {
      const text = `select ${columns} from ${table} s where s.${key} = any ($1::text[]) and ${live}`;
      return (await query('find', text, [keys])).map(toEntry);
    },
  };
}

/** A time with a zone must not be given another, and one without is only understood where the library makes such. */
function withZoneOf(declared: SharedTable, type: string): SharedTable {
  if (type === 'timestamp with time zone') return { ...declared, timeZone: null };
  if (type === 'timestamp without time zone' && declared.timeZone !== null) return declared;
  throw new ImportError(
    'SOURCE_NOT_FOUND',
    `In ${declared.table}, the column ${declared.expires} is a ${type}: when do those sessions end? It has to be a timestamp, as that library makes it.`,
  );
}

const toEntry = (row: SqlRow): SourceEntry => ({
  key: row['key'] as string,
  text: (row['text'] as string | null) ?? '',
  expiresAt: endOf(row['expires_at']),
});

/** "infinity", and what is later than JavaScript can tell, is never. */
const endOf = (expiry: unknown): Date | undefined =>
  expiry instanceof Date && !Number.isNaN(expiry.getTime()) ? expiry : undefined;

const INVALID_PARAMETER = '22023';
/** The last is a name of more than two parts. */
const MISSING = ['42P01', '42703', '3F000', '42883', '0A000'];

function explain(cause: SqlFailure, table: string): unknown {
  const { sqlState } = cause;
  if (sqlState === undefined || /^(08|57P)/.test(sqlState))
    return new ImportError('SOURCE_UNREACHABLE', 'The source does not answer any more. Give the command again.', {
      cause,
    });
  if (sqlState === '42501')
    return new ImportError('SOURCE_REFUSED', `The source does not let this user read ${table}. Grant it SELECT.`, {
      cause,
    });
  if (sqlState === INVALID_PARAMETER)
    return new ImportError('IMPORT_OPTION_INVALID', 'The source knows no time zone of that name: --time-zone.', {
      cause,
    });
  if (MISSING.includes(sqlState))
    return new ImportError(
      'SOURCE_NOT_FOUND',
      `The source has no table ${table} with the columns of that library. Say which: --table, --columns.`,
      { cause },
    );
  return cause;
}
