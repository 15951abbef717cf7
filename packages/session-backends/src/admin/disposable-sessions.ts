import type { KeyEncoding } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';
import { nextHour, pageOfHour } from './purge-statements.ts';

export interface DisposableSession {
  readonly key: string;
  /** As text: it goes back as it came. */
  readonly version: string;
}

/** How many rows of an hour are fetched at once: an hour that has more is looked through once for each so many. */
const PAGE = 10_000;

/**
 * The rows of one database that may be purged, hour by hour: whatever has to stay is passed once and not met again. Each
 * is as it was when it was listed.
 */
export async function* disposableSessions(
  executor: SqlExecutor,
  keyEncoding: KeyEncoding,
): AsyncGenerator<DisposableSession> {
  const page = pageOfHour(keyEncoding, PAGE);
  let hour = '-infinity';
  for (;;) {
    const [next] = await executor.query(nextHour.text, [hour], { name: nextHour.name });
    if (next === undefined) return;
    hour = next['hour'] as string;
    let after: string | undefined = '';
    while (after !== undefined) {
      const rows = await executor.query(page.text, [hour, after], { name: page.name });
      for (const row of rows) yield { key: row['session_key'] as string, version: row['version'] as string };
      after = rows.length < PAGE ? undefined : (rows.at(-1)?.['session_key'] as string);
    }
  }
}
