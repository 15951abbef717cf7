import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyEncoding } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';

export interface PurgeSessionsOptions {
  readonly executor: SqlExecutor;
  /** As the rows were written. Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** How many rows a statement deletes at most. Default is 1000. */
  readonly batchSize?: number;
  /** Between two statements, so that the shop does not feel it. Default is 100. */
  readonly pauseMs?: number;
  /** Stops after the batch under way. */
  readonly signal?: AbortSignal;
  /** After each batch, with the rows deleted so far. */
  readonly onProgress?: (deleted: number) => void;
}

/** The bucket of a key, as keys.ts has it. */
const BUCKET = {
  sha256: `('x' || left(s.session_key, 2))::bit(8)::int`,
  plain: `get_byte(sha256(convert_to(s.session_key, 'UTF8')), 0)`,
} as const;

const EPOCH_START = `(f.epoch::bigint << 40)`;

/**
 * mayPurge at the authority (and where no move has claimed an idle database), mayPurgeMirror at the other side: there an
 * hour past the expiry. Whoever is being written is skipped: it is not expired for long.
 */
const purge = (encoding: KeyEncoding): string => `
with permit as materialized (select set_config('switchyard.may_delete', 'yes', true)),
doomed as materialized (
  select s.session_key from session s join session_fence f on f.bucket = ${BUCKET[encoding]}
  where s.expires_hour <= date_trunc('hour', clock_timestamp() at time zone 'UTC')
    and s.expires_at < clock_timestamp()
    and not f.merge
    and not exists (select from session_outbox o where o.session_key = s.session_key)
    and (f.state = 'auth' or (f.state = 'idle' and f.move_id is null)
      or (f.state = 'idle' and f.floor >= ${EPOCH_START} and s.version < ${EPOCH_START} + (1::bigint << 40)
        and s.expires_at < clock_timestamp() - interval '1 hour'))
  limit $1 for update of s skip locked),
deleted as (delete from session s using doomed, permit where s.session_key = doomed.session_key returning 1)
select count(*)::int as deleted from deleted`;

/**
 * Deletes expired sessions and tombstones of one database, in batches. A row goes only where a move could not miss it.
 * Returns how many were deleted. Safe to stop and to repeat, and to run in several processes.
 */
export async function purgeSessions(options: PurgeSessionsOptions): Promise<number> {
  const { executor, keyEncoding = 'sha256', batchSize = 1000, pauseMs = 100, signal } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new TypeError('purgeSessions: "batchSize" is not positive');
  const text = purge(keyEncoding);
  let deleted = 0;
  while (signal?.aborted !== true) {
    const [row] = await executor.query(text, [batchSize], { name: `sy_purge_${keyEncoding}` });
    const batch = Number(row?.['deleted'] ?? 0);
    deleted += batch;
    options.onProgress?.(deleted);
    if (batch < batchSize) break;
    await sleep(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
  return deleted;
}
