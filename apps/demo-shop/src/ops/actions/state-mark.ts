import { createHash } from 'node:crypto';
import type { SiteName } from '@switchyard/session-backends/fence';
import { readFences, type MoveSide } from '@switchyard/session-move';

/** Comparisons and copies change nothing that a plan depends on, and are logged as well. */
const LAST_CHANGE = `select coalesce(max(id), 0)::text as id from session_audit
  where action not like 'verify%' and action not like 'backfill%'`;

/**
 * What a plan was made for, in a few letters: the fences of both databases and the last change that anybody has made.
 * It differs as soon as the state of the move has gone on.
 */
export async function readStateMark({ old, new: fresh }: Readonly<Record<SiteName, MoveSide>>): Promise<string> {
  const state = await Promise.all([
    readFences(old.database),
    readFences(fresh.database),
    fresh.database.query(LAST_CHANGE),
  ]);
  return createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22);
}
