import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyEncoding } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';
import { disposableSessions, type DisposableSession } from './disposable-sessions.ts';
import { deleteListed } from './purge-statements.ts';

export interface PurgeSessionsOptions {
  /** Of one database; each is purged by itself. */
  readonly executor: SqlExecutor;
  /** As the rows were written. Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** How many rows a statement deletes at most. Default is 1000. */
  readonly batchSize?: number;
  /** Between two of them, in milliseconds, so that the shop does not feel it. Default is 100. */
  readonly pauseMs?: number;
  /** At most so many rows a second, on average. Default is no limit but the pause. */
  readonly rowsPerSecond?: number;
  /** Stops after the batch under way. */
  readonly signal?: AbortSignal;
  /** After each batch, with the rows deleted so far. */
  readonly onProgress?: (deleted: number) => void;
}

/**
 * Deletes the sessions and tombstones of one database that have expired, in batches, while the shop goes on. A tombstone
 * stays for as long as its session would have: some copy of that may be on its way. During a move, a row stays where the
 * move may still need it. Returns how many rows were deleted. Safe to stop, to repeat, and to run several times at once.
 * @throws {SqlFailure} what was deleted before stays deleted
 */
export async function purgeSessions(options: PurgeSessionsOptions): Promise<number> {
  const { executor, keyEncoding = 'sha256', batchSize = 1000, pauseMs = 100, rowsPerSecond = Infinity } = options;
  const { signal, onProgress } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw new TypeError('purgeSessions: "batchSize" is below 1');
  if (!(pauseMs >= 0)) throw new TypeError('purgeSessions: "pauseMs" is below 0');
  if (!(rowsPerSecond > 0)) throw new TypeError('purgeSessions: "rowsPerSecond" is not above 0');
  const statement = deleteListed(keyEncoding);
  let deleted = 0;
  let restMs = 0;
  for await (const batch of inBatches(disposableSessions(executor, keyEncoding), batchSize)) {
    await sleep(restMs, undefined, signal && { signal }).catch(() => undefined);
    if (signal?.aborted === true) break;
    const began = performance.now();
    const values = [batch.map(({ key }) => key), batch.map(({ version }) => version)];
    const [row] = await executor.query(statement.text, values, { name: statement.name });
    deleted += Number(row?.['deleted']);
    onProgress?.(deleted);
    restMs = Math.max(pauseMs, (batch.length / rowsPerSecond) * 1000 - (performance.now() - began));
  }
  return deleted;
}

async function* inBatches(
  sessions: AsyncIterable<DisposableSession>,
  size: number,
): AsyncGenerator<readonly DisposableSession[]> {
  let batch: DisposableSession[] = [];
  for await (const session of sessions) {
    batch.push(session);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
