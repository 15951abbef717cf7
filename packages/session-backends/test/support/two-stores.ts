import { migratingStore, type MigratingStore, type MoveFlags, type StoredKey } from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import type { TestDatabases } from '@switchyard/databases/testing';
import { databaseStore } from './contract-stores.ts';

/** Two databases behind two flags, either of which can be made to fail. */
export interface TwoStores {
  readonly store: MigratingStore;
  readonly old: FaultyStore;
  readonly new: FaultyStore;
  /** Where the second write went that failed, each time. */
  readonly owed: ('old' | 'new')[];
  setFlags(flags: MoveFlags): void;
}

export function openTwoStores(databases: TestDatabases, start: MoveFlags): TwoStores {
  const old = new FaultyStore(databaseStore(databases.main));
  const fresh = new FaultyStore(databaseStore(databases.sessions, 'new'));
  const owed: TwoStores['owed'] = [];
  let flags = start;
  const store = migratingStore({
    old,
    new: fresh,
    flags: () => flags,
    onMirrorFailure: ({ to }) => owed.push(to),
  });
  return { store, old, new: fresh, owed, setFlags: (value) => void (flags = value) };
}

export interface StoredRow {
  readonly session_key: string;
  readonly data: string | null;
  /** As PostgreSQL writes them, so that nothing is rounded on the way. */
  readonly expires_at: string;
  readonly version: string;
  readonly user_id: string | null;
}

/** The rows of these keys as they lie in both databases; all rows, if no keys are given. */
export async function rowsInBoth(
  databases: TestDatabases,
  ...keys: readonly StoredKey[]
): Promise<{ old: StoredRow[]; new: StoredRow[] }> {
  const find = async (pool: TestDatabases['main']): Promise<StoredRow[]> => {
    const { rows } = await pool.query<StoredRow>(
      `select session_key, data, expires_at::text, version::text, user_id from session
       where cardinality($1::text[]) = 0 or session_key = any($1) order by session_key`,
      [keys],
    );
    return rows;
  };
  const [ours, theirs] = await Promise.all([find(databases.main), find(databases.sessions)]);
  return { old: ours, new: theirs };
}
