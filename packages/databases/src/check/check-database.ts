import type { Pool } from 'pg';
import type { Alias } from '../aliases.ts';
import { readMigrations } from '../migrations/migration-folder.ts';
import type { MigrationState, MigrationStatus } from '../migrations/migration-status.ts';
import { createMigrator } from '../migrations/migrator.ts';
import { readModels } from '../migrations/schema-models.ts';
import { prismaFolder } from '../project-folder.ts';
import type { Finding, FindingCode } from './finding.ts';

/**
 * Looks whether a database is what its schema and its migrations say. Changes nothing; waits while a migration is under
 * way.
 */
export async function checkDatabase(project: string, alias: Alias, pool: Pool): Promise<Finding[]> {
  const migrator = createMigrator(project, alias, pool);
  const statuses = await migrator.status();
  const unsettled = statuses.flatMap((status) => migrationFinding(alias, status) ?? []);
  // What is not migrated is not missing, and differs from its schema for a reason that has been told.
  if (statuses.some(({ state }) => state === 'pending' || state === 'failed')) return unsettled;
  const missing = await findMissingTables(project, alias, pool);
  if (missing.length > 0) return [...unsettled, ...missing];
  const sql = await migrator.drift();
  if (sql === undefined) return unsettled;
  const drifted: Finding = {
    code: 'TABLES_NOT_AS_SCHEMA',
    databases: [alias],
    subject: `prisma/${alias}/schema.prisma`,
    message: `The tables of "${alias}" are not what its schema says. What would make them so:\n${sql}`,
    todo:
      `If the schema is right, make a migration of it (switchyard migrate ${alias} --database ${alias} --create NAME); if ` +
      `that has nothing to create, the database was changed by hand: change it back.`,
  };
  return [...unsettled, drifted];
}

interface Remark {
  readonly code: FindingCode;
  readonly says: string;
  readonly todo: (command: string) => string;
}

const REMARKS: Readonly<Record<Exclude<MigrationState, 'applied'>, Remark>> = {
  pending: { code: 'MIGRATION_PENDING', says: 'is not applied', todo: (command) => `Apply it: ${command}` },
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

/** Tables that the schema has and every migration is recorded as applied for, and that are not there. */
async function findMissingTables(project: string, alias: Alias, pool: Pool): Promise<Finding[]> {
  const models = await readModels(project, alias);
  const { rows } = await pool.query<{ table: string }>(
    `select "table" from unnest($1::text[]) as "table" where to_regclass(quote_ident("table")) is null`,
    [models.map(({ table }) => table)],
  );
  const migrations = await readMigrations(prismaFolder(project, alias));
  return rows.map(({ table }): Finding => {
    const maker = migrations.find(({ sql }) => makes(table).test(sql))?.name;
    const base = { code: 'TABLE_MISSING', databases: [alias], subject: table } as const;
    if (maker === undefined)
      return {
        ...base,
        message: `The schema of "${alias}" has the table "${table}", which no migration makes.`,
        todo: `Make one: switchyard migrate ${alias} --database ${alias} --create NAME`,
      };
    return {
      ...base,
      message: `The table "${table}" of "${alias}" is missing, although ${maker} is recorded as applied.`,
      todo: `Find out who dropped it, or marked the migration as applied. Make it again by hand, with its part of prisma/${alias}/migrations/${maker}/migration.sql, or restore it from a backup.`,
    };
  });
}

const makes = (table: string): RegExp =>
  new RegExp(`create\\s+table\\s+(?:if\\s+not\\s+exists\\s+)?(?:"?\\w+"?\\.)?"?${table}"?\\s*\\(`, 'i');
