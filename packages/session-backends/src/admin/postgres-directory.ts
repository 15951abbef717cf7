import type { StoredKey } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';
import type { SessionDirectory } from './session-directory.ts';

const LIVE = 'data is not null and expires_at > clock_timestamp()';
const PAGE = 'session_key > $1 order by session_key limit $2';

const ALL = `select session_key from session where ${LIVE} and ${PAGE}`;

/** Materialized, so that a user's few sessions are found by the user and not by walking through everybody's. */
const OF_USER = `with mine as materialized (select session_key from session where user_id = $3 and ${LIVE})
  select session_key from mine where ${PAGE}`;

/** The sessions in one PostgreSQL database, in the order of its own collation. */
export const postgresDirectory = (executor: SqlExecutor): SessionDirectory => ({
  keys: async ({ userId, after = '', limit }) => {
    const rows =
      userId === undefined
        ? await executor.query(ALL, [after, limit], { name: 'sy_list' })
        : await executor.query(OF_USER, [after, limit, userId], { name: 'sy_list_user' });
    return rows.map((row) => row['session_key'] as StoredKey);
  },
});
