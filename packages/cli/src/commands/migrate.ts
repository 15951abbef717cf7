import type { Command } from 'commander';
import {
  createMigrator,
  createPool,
  openDatabases,
  parseAlias,
  DatabaseError,
  type MigrationState,
} from '@switchyard/databases';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { print, printJson, tell } from '../output.ts';

interface MigrateOptions {
  readonly database: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

const MARKS: Readonly<Record<MigrationState, string>> = {
  applied: '[X]',
  pending: '[ ]',
  failed: '[!]',
  edited: '[~]',
  missing: '[?]',
};

const REMARKS: Readonly<Record<MigrationState, string>> = {
  applied: '',
  pending: '',
  failed: '  (failed half-way)',
  edited: '  (edited after it was applied)',
  missing: '  (applied, but not in the folder)',
};

/** `switchyard migrate <schema> --database <alias> [--list]` */
export function migrateCommand(program: Command, { findProject, done }: CommandContext): void {
  program
    .command('migrate')
    .description('apply the migrations of one database, or list them')
    .argument('<schema>', 'the folder below prisma: main or sessions')
    .requiredOption('--database <alias>', 'the database to apply them to')
    .option('--list', 'show the migrations and whether they are applied; change nothing')
    .option('--json', 'print one JSON object')
    .action(async (schema: string, options: MigrateOptions) => done(await migrate(findProject(), schema, options)));
}

async function migrate(project: string, schema: string, options: MigrateOptions): Promise<number> {
  const alias = parseAlias(options.database);
  if (parseAlias(schema) !== alias)
    throw new DatabaseError(
      'ALIAS_UNKNOWN',
      `The migrations of prisma/${schema} are for the database "${schema}", not for "${alias}". Use --database ${schema}.`,
    );
  const databases = await openDatabases({ project, aliases: [alias], attach: true, announce: tell });
  const pool = createPool(databases.urls[alias], { max: 2, statementTimeoutMs: 0 });
  try {
    const migrator = createMigrator(project, alias, pool);
    if (options.list === true) {
      const migrations = await migrator.status();
      if (options.json === true) printJson({ database: alias, migrations });
      else {
        print(alias);
        for (const { name, state } of migrations) print(` ${MARKS[state]} ${name}${REMARKS[state]}`);
      }
      return migrations.every(({ state }) => state === 'applied' || state === 'pending') ? EXIT.done : EXIT.findings;
    }
    const applied = await migrator.apply();
    if (options.json === true) printJson({ database: alias, applied });
    else if (applied.length === 0) print(`${alias}: nothing to apply`);
    else for (const name of applied) print(`${alias}: applied ${name}`);
    return EXIT.done;
  } finally {
    await pool.end();
    await databases.close();
  }
}
