import type { MoveDatabase } from '../move-database.ts';
import { MoveError } from '../move-error.ts';

export interface MakeReadyOptions {
  /** How long one try may wait for the library's table, while everybody's writes to it queue behind. Default is 300 ms. */
  readonly lockTimeoutMs?: number;
  /** How long to go on trying. Default is 10,000 ms. */
  readonly patienceMs?: number;
}

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Makes a library's table ready for a move: all of it in one transaction, or nothing. The triggers wait for whoever is
 * writing to the table, and new writers for them, so each try waits a short time only.
 *
 * @throws {MoveError} SOURCE_BLOCKED
 */
export async function makeReady(
  database: MoveDatabase,
  sql: readonly string[],
  { lockTimeoutMs = 300, patienceMs = 10_000 }: MakeReadyOptions = {},
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await database.transaction(async (query) => {
        await query(`set local lock_timeout = ${lockTimeoutMs}`);
        for (const statement of sql) await query(statement);
      });
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw cause;
      if (Date.now() >= deadline)
        throw new MoveError(
          'SOURCE_BLOCKED',
          `The table could not be locked for its triggers within ${patienceMs} ms: a transaction that has written to it is still open. Let it finish or end it (pg_stat_activity), and start again. Nothing was changed.`,
          { cause },
        );
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 150));
    }
  }
}

/** The same as a migration, for those who let nobody else change their schema. */
export const asMigration = (sql: readonly string[]): string =>
  [
    '-- The sessions of this table are going to be moved to another database: what the move needs beside it.',
    '-- Made by "switchyard move start --write-migration".',
    `set local lock_timeout = '3s';`,
    ...sql.map((statement) => `${statement};`),
    '',
  ].join('\n\n');
