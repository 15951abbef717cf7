import type { Pool } from 'pg';
import { LOCK } from './migration-lock.ts';
import { isRecorded, type MigrationFile } from './migration-folder.ts';

/**
 * `applied` and `pending` speak for themselves. `running`: started, and whoever did holds the lock still. `failed`:
 * started and did not finish, so that nothing can be applied before somebody has looked. `edited`: applied, and its script has changed since. `missing`: applied, and no longer in
 * the folder.
 */
export type MigrationState = 'applied' | 'pending' | 'running' | 'failed' | 'edited' | 'missing';

export interface MigrationStatus {
  readonly name: string;
  readonly state: MigrationState;
}

/** A row of Prisma's `_prisma_migrations` that has not been rolled back. */
export interface RecordedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
  /** Has neither finished nor failed while somebody else holds the lock of migrations. */
  readonly running: boolean;
  /** What PostgreSQL said when it failed. */
  readonly logs: string | null;
}

export async function readRecorded(pool: Pool): Promise<RecordedMigration[]> {
  const { rows: tables } = await pool.query<{ found: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as found`,
  );
  if (!tables[0]?.found) return [];
  const { rows } = await pool.query<RecordedMigration>(
    `select migration_name, checksum, finished_at is not null as finished, logs,
            finished_at is null and logs is null and exists (${LOCK_OF_ANOTHER}) as running
       from _prisma_migrations where rolled_back_at is null order by started_at`,
    [LOCK],
  );
  return rows;
}

const LOCK_OF_ANOTHER = `
  select from pg_locks
   where locktype = 'advisory' and granted and pid <> pg_backend_pid() and classid = 0 and objid = $1 and objsubid = 1
     and database = (select oid from pg_database where datname = current_database())`;

/** What is in the folder and in the database, oldest first. */
export function compareMigrations(
  migrations: readonly MigrationFile[],
  recorded: readonly RecordedMigration[],
): MigrationStatus[] {
  const applied = new Map(recorded.map((row) => [row.migration_name, row]));
  const stateOf = (migration: MigrationFile): MigrationState => {
    const row = applied.get(migration.name);
    if (row === undefined) return 'pending';
    if (!row.finished) return row.running ? 'running' : 'failed';
    return isRecorded(migration, row.checksum) ? 'applied' : 'edited';
  };
  const known = new Set(migrations.map(({ name }) => name));
  return [
    ...recorded
      .filter((row) => !known.has(row.migration_name))
      .map((row) => ({ name: row.migration_name, state: 'missing' as const })),
    ...migrations.map((migration) => ({ name: migration.name, state: stateOf(migration) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
