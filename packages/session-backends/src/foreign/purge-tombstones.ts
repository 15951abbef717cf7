import type { SqlExecutor } from '../sql-executor.ts';
import { deleteTombstones } from '../admin/purge-statements.ts';

const BATCH = 1_000;
const DELETED = deleteTombstones(BATCH);

export interface PurgeTombstonesOptions {
  /** Finds the tables of a move beside another library's table by its search path. */
  readonly executor: SqlExecutor;
  /** Stops after the batch under way. */
  readonly signal?: AbortSignal;
}

/**
 * Deletes the tombstones that have expired and that no move needs any more, where sessions lie in another library's table:
 * its rows are that library's to clean up. Resolves to how many were deleted. Safe to stop and to repeat.
 * @throws {SqlFailure} what was deleted before stays deleted
 */
export async function purgeTombstones({ executor, signal }: PurgeTombstonesOptions): Promise<number> {
  for (let deleted = 0; ;) {
    const rows = await executor.query(DELETED.text, [], { name: DELETED.name });
    deleted += rows.length;
    if (rows.length < BATCH || signal?.aborted === true) return deleted;
  }
}
