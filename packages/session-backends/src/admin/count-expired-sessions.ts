import type { KeyEncoding } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';
import { countExpired } from './purge-statements.ts';

export interface ExpiredSessions {
  /** What a purge would delete now, tombstones included. */
  readonly disposable: number;
  /** What has expired and has to stay, because a move may still need it. */
  readonly kept: number;
}

/** Looks at each expired row of one database once. @throws {SqlFailure} */
export async function countExpiredSessions(
  executor: SqlExecutor,
  keyEncoding: KeyEncoding = 'sha256',
): Promise<ExpiredSessions> {
  const { name, text } = countExpired(keyEncoding);
  const [row] = await executor.query(text, [], { name });
  const disposable = Number(row?.['disposable']);
  return { disposable, kept: Number(row?.['expired']) - disposable };
}
