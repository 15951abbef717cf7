import type { Pool } from 'pg';
import type { Alias } from '../aliases.ts';
import { DatabaseError } from '../database-error.ts';
import { reasonOf } from '../migrations/engine-reason.ts';
import { readMigrations, type MigrationFile } from '../migrations/migration-folder.ts';
import type { MigrationState, MigrationStatus } from '../migrations/migration-status.ts';
import { createMigrator, type Migrator, type TriedOut } from '../migrations/migrator.ts';
import { readModels } from '../migrations/schema-models.ts';
import { prismaFolder } from '../project-folder.ts';
import { compareWithMigrations } from './compare-with-migrations.ts';
import { readDatabaseShape, type DatabaseShape } from './database-shape.ts';
import type { Finding, FindingCode } from './finding.ts';
import type { TableShape } from './table-shape.ts';

/** What a look at one database has come to. */
export interface CheckedAlone {
  readonly findings: readonly Finding[];
  /** The tables that its migrations make; `undefined` where they could not be tried out, or are not all applied. */
  readonly made?: ReadonlyMap<string, TableShape>;
  /** Why it was not compared with what its migrations make. */
  readonly skipped?: string;
}

/**
 * Looks whether a database is what its schema and its migrations say. Changes nothing; waits while a migration is under
 * way. What only SQL can say is known from trying out the migrations in a database of one moment on the same server; where
 * that cannot be had, the tables are compared with the schema alone.
 */
export async function checkDatabase(project: string, alias: Alias, pool: Pool): Promise<CheckedAlone> {
  const migrator = createMigrator(project, alias, pool);
  const statuses = await migrator.status();
  const unsettled = statuses.flatMap((status) => migrationFinding(alias, status) ?? []);
  // What is not migrated is not missing, and differs from its schema for a reason that has been told.
  if (statuses.some(({ state }) => state === 'pending' || state === 'running' || state === 'failed'))
    return { findings: unsettled };
  const migrations = await readMigrations(prismaFolder(project, alias));
  const tried = await tryOut(migrator);
  if (typeof tried === 'string') {
    const missing = await missingTables(project, alias, pool);
    const sql = missing.length > 0 ? undefined : await migrator.drift();
    const told = missing.map((table) => missingTable(alias, table, migrations));
    return {
      findings: [...unsettled, ...told, ...(sql === undefined ? [] : [notAsSchema(alias, 'The tables', sql)])],
      skipped: `"${alias}": ${tried}`,
    };
  }
  const { seen: made, lacking } = tried;
  const found = await readDatabaseShape(pool);
  const missing = [...made.tables.keys()].filter((table) => !found.tables.has(table));
  return {
    findings: [
      ...unsettled,
      ...missing.map((table) => missingTable(alias, table, migrations)),
      ...(lacking === undefined ? [] : [notAsSchema(alias, 'The tables that the migrations make', lacking)]),
      ...compareWithMigrations(alias, made, found),
    ],
    made: made.tables,
  };
}

/** A schema that does not hold is to be told of; anything else, such as a right that is missing, keeps from looking closer. */
async function tryOut(migrator: Migrator): Promise<TriedOut<DatabaseShape> | string> {
  try {
    return await migrator.tryOut(readDatabaseShape);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'SCHEMA_INVALID') throw error;
    return reasonOf(error);
  }
}

const notAsSchema = (alias: Alias, what: string, sql: string): Finding => ({
  code: 'TABLES_NOT_AS_SCHEMA',
  databases: [alias],
  subject: `prisma/${alias}/schema.prisma`,
  message: `${what} of "${alias}" are not what its schema says. What would make them so:\n${sql}`,
  todo:
    `If the schema is right, make a migration of it (switchyard migrate ${alias} --database ${alias} --create NAME); if ` +
    `it is not, correct it.`,
});

interface Remark {
  readonly code: FindingCode;
  readonly says: string;
  readonly todo: (command: string) => string;
}

const REMARKS: Readonly<Record<Exclude<MigrationState, 'applied'>, Remark>> = {
  pending: { code: 'MIGRATION_PENDING', says: 'is not applied', todo: (command) => `Apply it: ${command}` },
  running: {
    code: 'MIGRATION_PENDING',
    says: 'is being applied now',
    todo: () => 'Wait until it is done, and check again.',
  },
  failed: {
    code: 'MIGRATION_FAILED',
    says: 'failed half-way',
    todo: (command) => `${command} says how to go on.`,
  },
  edited: {
    code: 'MIGRATION_EDITED',
    says: 'was edited after it had been applied',
    todo: () => 'Restore its script and put the change into a new migration.',
  },
  missing: {
    code: 'MIGRATION_NOT_IN_FOLDER',
    says: 'is applied and not in the folder',
    todo: () => 'Restore it from version control, or bring this checkout up to date.',
  },
};

function migrationFinding(alias: Alias, { name, state }: MigrationStatus): Finding | undefined {
  if (state === 'applied') return undefined;
  const { code, says, todo } = REMARKS[state];
  const message = `The migration ${name} of "${alias}" ${says}.`;
  return {
    code,
    databases: [alias],
    subject: name,
    message,
    todo: todo(`switchyard migrate ${alias} --database ${alias}`),
  };
}

/** Tables that the schema has and that are not there. */
async function missingTables(project: string, alias: Alias, pool: Pool): Promise<string[]> {
  const models = await readModels(project, alias);
  const { rows } = await pool.query<{ table: string }>(
    `select "table" from unnest($1::text[]) as "table" where to_regclass(quote_ident("table")) is null`,
    [models.map(({ table }) => table)],
  );
  return rows.map(({ table }) => table);
}

function missingTable(alias: Alias, table: string, migrations: readonly MigrationFile[]): Finding {
  const maker = migrations.find(({ sql }) => makes(table).test(sql))?.name;
  const base = { code: 'TABLE_MISSING', databases: [alias], subject: table } as const;
  if (maker === undefined)
    return {
      ...base,
      message: `The table "${table}" of "${alias}" is missing, and no migration says that it makes it.`,
      todo: `If the schema alone has it, make a migration of it: switchyard migrate ${alias} --database ${alias} --create NAME`,
    };
  return {
    ...base,
    message: `The table "${table}" of "${alias}" is missing, although ${maker} is recorded as applied.`,
    todo: `Find out who dropped it, or marked the migration as applied. Make it again by hand, with its part of prisma/${alias}/migrations/${maker}/migration.sql, or restore it from a backup.`,
  };
}

const makes = (table: string): RegExp =>
  new RegExp(`create\\s+table\\s+(?:if\\s+not\\s+exists\\s+)?(?:"?\\w+"?\\.)?"?${escaped(table)}"?\\s*\\(`, 'i');

/** A table's name may have anything in it. */
const escaped = (name: string): string => name.replaceAll(/[^\w ]/g, '\\$&');
