import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pool, PoolClient } from 'pg';
import type { Alias } from '../aliases.ts';
import { DatabaseError } from '../database-error.ts';
import { prismaFolder } from '../project-folder.ts';
import { readMigrations, toMigrationList, type MigrationFile } from './migration-folder.ts';
import { openSchemaEngine } from './schema-engine.ts';

/**
 * `applied` and `pending` speak for themselves. `failed`: started and did not finish, so that nothing can be applied
 * before somebody has looked. `edited`: applied, and its script has changed since. `missing`: applied, and no longer in
 * the folder.
 */
export type MigrationState = 'applied' | 'pending' | 'failed' | 'edited' | 'missing';

export interface MigrationStatus {
  readonly name: string;
  readonly state: MigrationState;
}

interface AppliedRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

export interface Migrator {
  /** What is in the folder and in the database, oldest first. */
  status(): Promise<MigrationStatus[]>;
  /**
   * Applies what is pending and returns the names. Two at once: the second waits for the first and finds nothing to do.
   * @throws {DatabaseError} MIGRATION_FAILED, MIGRATION_EDITED
   */
  apply(): Promise<string[]>;
}

// Any number, as long as it is the same everywhere and nobody else's.
const LOCK = 7_305_812_461;

/** Migrations of one database, through Prisma's engine and into Prisma's own table, so that either tool can follow the other. */
export function createMigrator(project: string, alias: Alias, pool: Pool): Migrator {
  const folder = prismaFolder(project, alias);

  const status = async (): Promise<MigrationStatus[]> => compare(await readMigrations(folder), await readApplied(pool));

  const applyUnderLock = async (): Promise<string[]> => {
    const migrations = await readMigrations(folder);
    refuseToGoOn(alias, compare(migrations, await readApplied(pool)));
    const schema = path.join(folder, 'schema.prisma');
    const engine = await openSchemaEngine(project, pool, [schema, await readFile(schema, 'utf8')]);
    try {
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: await toMigrationList(folder, migrations),
        filters: { externalTables: [], externalEnums: [] },
      });
      return appliedMigrationNames;
    } catch (cause) {
      throw new DatabaseError(
        'MIGRATION_FAILED',
        `A migration of "${alias}" failed: ${reasonOf(cause)}\n${howToGoOn(alias)}`,
        { cause },
      );
    } finally {
      engine.free();
    }
  };

  return {
    status,
    apply: async () => {
      // Nothing to do is the common case at a start: it needs neither the lock nor the engine.
      if ((await status()).every(({ state }) => state === 'applied')) return [];
      return withLock(pool, applyUnderLock);
    },
  };
}

function compare(migrations: readonly MigrationFile[], rows: readonly AppliedRow[]): MigrationStatus[] {
  const applied = new Map(rows.map((row) => [row.migration_name, row]));
  const stateOf = ({ name, checksum }: MigrationFile): MigrationState => {
    const row = applied.get(name);
    if (row === undefined) return 'pending';
    if (!row.finished) return 'failed';
    return row.checksum === checksum ? 'applied' : 'edited';
  };
  const known = new Set(migrations.map(({ name }) => name));
  return [
    ...rows
      .filter((row) => !known.has(row.migration_name))
      .map((row) => ({ name: row.migration_name, state: 'missing' as const })),
    ...migrations.map((migration) => ({ name: migration.name, state: stateOf(migration) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readApplied(pool: Pool): Promise<AppliedRow[]> {
  const { rows: tables } = await pool.query<{ found: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as found`,
  );
  if (!tables[0]?.found) return [];
  const { rows } = await pool.query<AppliedRow>(
    `select migration_name, checksum, finished_at is not null as finished
       from _prisma_migrations where rolled_back_at is null order by started_at`,
  );
  return rows;
}

function refuseToGoOn(alias: Alias, statuses: readonly MigrationStatus[]): void {
  const failed = statuses.find(({ state }) => state === 'failed');
  if (failed !== undefined)
    throw new DatabaseError(
      'MIGRATION_FAILED',
      `The migration ${failed.name} of "${alias}" failed earlier, half-way.\n${howToGoOn(alias)}`,
    );
  const edited = statuses.find(({ state }) => state === 'edited');
  if (edited !== undefined)
    throw new DatabaseError(
      'MIGRATION_EDITED',
      `The migration ${edited.name} of "${alias}" was edited after it had been applied. Restore its script and put the change into a new migration.`,
    );
}

const howToGoOn = (alias: Alias): string =>
  `Look at what it left behind and repair it, then either "npx prisma migrate resolve --rolled-back NAME" in prisma/${alias} ` +
  `to have it applied again, or "--applied NAME" if the repair finished it.`;

/** The engine's words come first; below them is a trace through the engine, which helps nobody here. */
const reasonOf = (cause: unknown): string => {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split('\n').map((line) => line.trim());
  const trace = lines.findIndex((line) => /^\d+: /.test(line));
  return lines
    .slice(0, trace === -1 ? undefined : trace)
    .filter((line) => line !== '')
    .join(' ');
};

async function withLock<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  const client: PoolClient = await pool.connect();
  try {
    await client.query(`set statement_timeout = 0`);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    return await work();
  } finally {
    // The lock is the connection's: closing it, rather than handing it back, lets go whatever happened.
    client.release(true);
  }
}
