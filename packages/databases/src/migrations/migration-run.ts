import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pool } from 'pg';
import type { Alias } from '../aliases.ts';
import { DatabaseError } from '../database-error.ts';
import { prismaFolder } from '../project-folder.ts';
import { reasonOf } from './engine-reason.ts';
import { readMigrations, toMigrationList, type MigrationFile } from './migration-folder.ts';
import { readRecorded, type RecordedMigration } from './migration-status.ts';
import { openSchemaEngine } from './schema-engine.ts';

/** The engine at one database, with what is in the folder and in the database now. */
export interface MigrationRun {
  readonly migrations: readonly MigrationFile[];
  readonly recorded: readonly RecordedMigration[];
  /** Applies what is pending; answers with the names. What the engine throws is passed on. */
  applyAll(): Promise<string[]>;
  markApplied(name: string): Promise<void>;
  markRolledBack(name: string): Promise<void>;
  /** The SQL that would make the tables what the schema says; `undefined` when they are. */
  drift(): Promise<string | undefined>;
}

const EVERYTHING = { externalTables: [], externalEnums: [] };
const NOTHING_TO_DO = '-- This is an empty migration.';

/** @throws {DatabaseError} SCHEMA_INVALID */
export async function withMigrationRun<T>(
  project: string,
  alias: Alias,
  pool: Pool,
  work: (run: MigrationRun) => Promise<T>,
): Promise<T> {
  const folder = prismaFolder(project, alias);
  const file = path.join(folder, 'schema.prisma');
  const schema = { path: file, content: await readFile(file, 'utf8') };
  const migrations = await readMigrations(folder);
  const migrationsList = await toMigrationList(folder, migrations);
  const recorded = await readRecorded(pool);
  const engine = await openSchemaEngine(project, pool, [schema.path, schema.content]).catch((cause: unknown) => {
    throw schemaInvalid(alias, cause);
  });
  try {
    return await work({
      migrations,
      recorded,
      applyAll: async () =>
        (await engine.applyMigrations({ migrationsList, filters: EVERYTHING })).appliedMigrationNames,
      markApplied: async (migrationName) => void (await engine.markMigrationApplied({ migrationName, migrationsList })),
      markRolledBack: async (migrationName) => void (await engine.markMigrationRolledBack({ migrationName })),
      drift: async () => {
        const { stdout } = await engine
          .diff({
            from: { tag: 'schemaDatasource', files: [schema], configDir: folder },
            to: { tag: 'schemaDatamodel', files: [schema] },
            script: true,
            exitCode: null,
            filters: EVERYTHING,
          })
          .catch((cause: unknown) => {
            throw isAboutSchema(cause) ? schemaInvalid(alias, cause) : cause;
          });
        const sql = (stdout ?? '').trim();
        return sql === '' || sql === NOTHING_TO_DO ? undefined : sql;
      },
    });
  } finally {
    engine.free();
  }
}

/** Prisma's code for a schema that does not hold. */
const isAboutSchema = (cause: unknown): boolean =>
  typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'P1012';

function schemaInvalid(alias: Alias, cause: unknown): DatabaseError {
  const [, what, line] = /error: (.*)\n\s*-->\s.*:(\d+)/.exec(String(cause)) ?? [];
  const why = what === undefined ? reasonOf(cause) : `line ${line}: ${what}`;
  return new DatabaseError('SCHEMA_INVALID', `prisma/${alias}/schema.prisma does not hold: ${why}`, { cause });
}
