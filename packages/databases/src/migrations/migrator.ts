import type { Pool } from 'pg';
import type { Alias } from '../aliases.ts';
import { DatabaseError } from '../database-error.ts';
import { prismaFolder } from '../project-folder.ts';
import { reasonOf } from './engine-reason.ts';
import { readMigrations, writeMigration, type MigrationFile } from './migration-folder.ts';
import { withMigrationLock } from './migration-lock.ts';
import { withMigrationRun, type MigrationRun } from './migration-run.ts';
import {
  compareMigrations,
  readRecorded,
  type MigrationState,
  type MigrationStatus,
  type RecordedMigration,
} from './migration-status.ts';
import { withShadowDatabase } from './shadow-database.ts';

/** Migrations of one database, through Prisma's engine and into Prisma's own table, so that either tool can follow the other. */
export interface Migrator {
  /** What is in the folder and in the database, oldest first. */
  status(): Promise<MigrationStatus[]>;
  /**
   * What `apply` would apply now, with its SQL; changes nothing.
   * @throws {DatabaseError} MIGRATION_FAILED, MIGRATION_EDITED, where `apply` would
   */
  plan(): Promise<MigrationFile[]>;
  /**
   * Applies what is pending and returns the names. Two at once: the second waits for the first and finds nothing to do.
   * @throws {DatabaseError} MIGRATION_FAILED, MIGRATION_EDITED
   */
  apply(): Promise<string[]>;
  /**
   * Writes a migration of what `schema.prisma` says and the migrations so far do not make, and returns it; `undefined`
   * when they do. It is worked out in a database made for a moment on the same server; this one stays as it is.
   * @throws {DatabaseError} SCHEMA_INVALID, MIGRATION_FAILED, SHADOW_DATABASE_REFUSED
   */
  create(name: string): Promise<MigrationFile | undefined>;
  /**
   * Records a migration as applied without running it: one that has failed and was finished by hand, or one whose tables
   * were there before.
   * @throws {DatabaseError} MIGRATION_UNKNOWN, MIGRATION_SETTLED
   */
  markApplied(name: string): Promise<void>;
  /**
   * Records a migration that has failed as rolled back, so that it is applied again.
   * @throws {DatabaseError} MIGRATION_UNKNOWN, MIGRATION_SETTLED
   */
  markRolledBack(name: string): Promise<void>;
  /**
   * The SQL that would make the tables what `schema.prisma` says; `undefined` when they are.
   * @throws {DatabaseError} SCHEMA_INVALID
   */
  drift(): Promise<string | undefined>;
  /**
   * Has the migrations applied, from nothing, in a database made for a moment on the same server, which `look` is handed;
   * this one stays as it is.
   * @throws {DatabaseError} SCHEMA_INVALID, MIGRATION_FAILED, SHADOW_DATABASE_REFUSED
   */
  tryOut<T>(look: (made: Pool) => Promise<T>): Promise<TriedOut<T>>;
}

/** What trying out the migrations has come to. */
export interface TriedOut<T> {
  readonly seen: T;
  /** The SQL of what `schema.prisma` says and the migrations do not make; `undefined` when they do. */
  readonly lacking: string | undefined;
}

export interface MigratorOptions {
  /** Told that another migration is under way and is waited for. Default is nobody. */
  readonly onWait?: () => void;
}

/** `pool` has to be made from a URL: what changes anything runs on a connection of its own, one at a time. */
export function createMigrator(project: string, alias: Alias, pool: Pool, options: MigratorOptions = {}): Migrator {
  const folder = prismaFolder(project, alias);
  const { onWait = (): void => undefined } = options;

  const alone = <T>(work: (run: MigrationRun) => Promise<T>): Promise<T> =>
    withMigrationLock(pool, onWait, (sole) => withMigrationRun(project, alias, sole, work));

  const tryOut: Migrator['tryOut'] = (look) =>
    withMigrationLock(pool, onWait, (sole) =>
      withShadowDatabase(sole, (shadow) =>
        withMigrationRun(project, alias, shadow, async ({ applyAll, drift }) => {
          await applyAll().catch((cause: unknown) => {
            throw new DatabaseError(
              'MIGRATION_FAILED',
              `The migrations of prisma/${alias} fail on an empty database: ${reasonOf(cause)}`,
              { cause },
            );
          });
          return { seen: await look(shadow), lacking: await drift() };
        }),
      ),
    );

  return {
    status: async () => compareMigrations(await readMigrations(folder), await readRecorded(pool)),
    plan: async () => {
      const migrations = await readMigrations(folder);
      const recorded = await readRecorded(pool);
      refuseToGoOn(alias, migrations, recorded);
      const states = statesOf(migrations, recorded);
      return migrations.filter(({ name }) => states.get(name) === 'pending');
    },
    apply: async () => {
      // Nothing to do is the common case at a start: it needs neither the lock nor the engine.
      const now = statesOf(await readMigrations(folder), await readRecorded(pool));
      if ([...now.values()].every((state) => state === 'applied')) return [];
      return alone(async ({ migrations, recorded, applyAll }) => {
        refuseToGoOn(alias, migrations, recorded);
        return applyAll().catch(async (cause: unknown) => {
          const unfinished = (await readRecorded(pool).catch(() => [])).find(
            ({ finished }) => !finished,
          )?.migration_name;
          const which = unfinished === undefined ? 'A migration' : `The migration ${unfinished}`;
          throw failed(alias, unfinished, `${which} of "${alias}" failed: ${reasonOf(cause)}`, cause);
        });
      });
    },
    create: async (name) => {
      const { lacking: sql } = await tryOut(async () => undefined);
      return sql === undefined ? undefined : writeMigration(folder, name, `${sql}\n`);
    },
    markApplied: (name) =>
      alone(async ({ migrations, recorded, markApplied }) => {
        checkMark(alias, name, statesOf(migrations, recorded), ['pending', 'failed']);
        await markApplied(name);
      }),
    markRolledBack: (name) =>
      alone(async ({ migrations, recorded, markRolledBack }) => {
        checkMark(alias, name, statesOf(migrations, recorded), ['failed']);
        await markRolledBack(name);
      }),
    drift: () => alone(({ drift }) => drift()),
    tryOut,
  };
}

type States = ReadonlyMap<string, MigrationState>;

const statesOf = (migrations: readonly MigrationFile[], recorded: readonly RecordedMigration[]): States =>
  new Map(compareMigrations(migrations, recorded).map(({ name, state }) => [name, state]));

function refuseToGoOn(
  alias: Alias,
  migrations: readonly MigrationFile[],
  recorded: readonly RecordedMigration[],
): void {
  for (const [name, state] of statesOf(migrations, recorded)) {
    if (state === 'failed') {
      const logs = recorded.find((row) => row.migration_name === name)?.logs;
      const why = logs ? `: ${reasonOf(logs)}` : '.';
      throw failed(alias, name, `The migration ${name} of "${alias}" failed earlier, half-way${why}`);
    }
    if (state === 'edited')
      throw new DatabaseError(
        'MIGRATION_EDITED',
        `The migration ${name} of "${alias}" was edited after it had been applied. Restore its script and put the change into a new migration.`,
      );
  }
}

function checkMark(alias: Alias, name: string, states: States, allowed: readonly MigrationState[]): void {
  const state = states.get(name);
  if (state === undefined || state === 'missing')
    throw new DatabaseError(
      'MIGRATION_UNKNOWN',
      `There is no migration "${name}" in prisma/${alias}/migrations. There are: ${[...states.keys()].join(', ')}.`,
    );
  if (!allowed.includes(state))
    throw new DatabaseError('MIGRATION_SETTLED', `The migration ${name} of "${alias}" is ${state}: nothing to mark.`);
}

const failed = (alias: Alias, name: string | undefined, what: string, cause?: unknown): DatabaseError =>
  new DatabaseError(
    'MIGRATION_FAILED',
    `${what}\nLook at what it left behind and repair it. Then "npx switchyard migrate ${alias} --database ${alias} ` +
      `--mark-rolled-back ${name ?? 'NAME'}" has it applied again, and "--mark-applied ${name ?? 'NAME'}" takes it as finished by the repair.`,
    { cause },
  );
