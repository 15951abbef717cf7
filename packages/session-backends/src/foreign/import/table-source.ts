import { hash } from 'node:crypto';
import { SqlFailure, type SqlExecutor, type SqlRow } from '../../sql-executor.ts';
import { readExpiry, type SharedTable } from '../shared-table.ts';
import { ImportError } from './import-error.ts';
import type { SessionSource, SourceEntry } from './session-source.ts';

/** The live sessions of a table, in the order of their keys. */
export function tableSource(executor: SqlExecutor, shared: SharedTable): SessionSource {
  const { table, key, data } = shared;
  const tag = hash('sha256', JSON.stringify(shared)).slice(0, 8);
  const expiry = readExpiry(shared);
  const live = `${expiry} > clock_timestamp()`;
  const columns = `s.${key} as key, s.${data}::text as text, ${expiry} as expires_at`;

  const query = async (name: string, text: string, values: readonly unknown[]): Promise<readonly SqlRow[]> => {
    try {
      return await executor.query(text, values, { name: `sy_import_${name}_${tag}` });
    } catch (cause) {
      throw cause instanceof SqlFailure ? explain(cause, table) : cause;
    }
  };

  return {
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

const toEntry = (row: SqlRow): SourceEntry => ({
  key: row['key'] as string,
  text: (row['text'] as string | null) ?? '',
  expiresAt: row['expires_at'] as Date,
});

const INVALID_PARAMETER = '22023';
const MISSING = ['42P01', '42703', '3F000', '42883'];

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
