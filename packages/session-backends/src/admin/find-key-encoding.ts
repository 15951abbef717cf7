import type { KeyEncoding } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';

const SAMPLE = `select session_key ~ '^[0-9a-f]{64}$' as hash from session limit 20`;

/** How the keys of a database look that was given to somebody who does not know; `undefined` when there are none. */
export async function findKeyEncoding(executor: SqlExecutor): Promise<KeyEncoding | undefined> {
  const rows = await executor.query(SAMPLE, [], { name: 'sy_key_sample' });
  if (rows.length === 0) return undefined;
  return rows.some((row) => row['hash'] === true) ? 'sha256' : 'plain';
}
