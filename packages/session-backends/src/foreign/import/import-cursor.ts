import { hash } from 'node:crypto';
import type { SqlExecutor } from '../../sql-executor.ts';

/** How far an import has come. */
export interface ImportCursor {
  readonly from: string;
  /** Entries that were read until then. */
  readonly read: number;
}

/** Kept in the destination, as a row of `session_lease`: the cursor as its holder, what was read as its token. */
export interface ImportCursors {
  get(): Promise<ImportCursor | undefined>;
  set(cursor: ImportCursor): Promise<void>;
  /** The next import begins anew. */
  clear(): Promise<void>;
}

/** An older one is not gone on with: so much has changed by then that everything has to be looked at. */
const VALID = `interval '1 day'`;

const GET = `select holder, token from session_lease where name = $1 and expires_at > clock_timestamp()`;
const SET = `insert into session_lease as l (name, holder, token, expires_at)
  values ($1, $2, $3, clock_timestamp() + ${VALID})
  on conflict (name) do update set holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at`;
const CLEAR = `delete from session_lease where name = $1`;

/** @param source what it is and where: an import of another one has a cursor of its own */
export function importCursors(executor: SqlExecutor, source: string): ImportCursors {
  const lease = `import/${hash('sha256', source).slice(0, 16)}`;
  return {
    get: async () => {
      const [row] = await executor.query(GET, [lease], { name: 'sy_import_get' });
      return row && { from: row['holder'] as string, read: Number(row['token']) };
    },
    set: async ({ from, read }) => void (await executor.query(SET, [lease, from, read], { name: 'sy_import_set' })),
    clear: async () => void (await executor.query(CLEAR, [lease], { name: 'sy_import_clear' })),
  };
}
