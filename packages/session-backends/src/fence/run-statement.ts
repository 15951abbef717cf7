import { SqlFailure, type SqlExecutor, type SqlRow } from '../sql-executor.ts';
import type { Statement } from './statements.ts';

const DEADLOCK = '40P01';
const DEADLOCK_TRIES = 5;

/** Sends a site's statement. A deadlock's victim has been rolled back and may try again. */
export async function runStatement(
  executor: SqlExecutor,
  statement: Statement,
  values: readonly unknown[],
): Promise<readonly SqlRow[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await executor.query(statement.text, values, { name: statement.name });
    } catch (error) {
      if (!(error instanceof SqlFailure) || error.sqlState !== DEADLOCK || tries === DEADLOCK_TRIES) throw error;
    }
  }
}
