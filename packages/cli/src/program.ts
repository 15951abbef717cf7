import { Command } from 'commander';
import { flags, type FlagsOptions } from './commands/flags.ts';
import { migrate, type MigrateOptions } from './commands/migrate.ts';

/** The command line: parse and call; `done` gets the exit code. */
export function createProgram(findProject: () => string, done: (exitCode: number) => void): Command {
  const program = new Command('switchyard')
    .description('Move a live session table to a database of its own, without losing one session')
    .showHelpAfterError('(see --help)')
    .exitOverride();

  program
    .command('migrate')
    .description('apply the migrations of one database, or list them')
    .argument('<schema>', 'the folder below prisma: main or sessions')
    .requiredOption('--database <alias>', 'the database to apply them to')
    .option('--list', 'show the migrations and whether they are applied; change nothing')
    .option('--json', 'print one JSON object')
    .action(async (schema: string, options: MigrateOptions) => done(await migrate(findProject(), schema, options)));

  program
    .command('flags')
    .description('show the flags of the move, or set one')
    .argument('[name]', 'migration_flag or new_db_router_flag')
    .argument('[state]', 'on or off')
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, state: string | undefined, options: FlagsOptions) =>
      done(await flags(findProject(), name, state, options)),
    );

  return program;
}
