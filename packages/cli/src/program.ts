import { Command } from 'commander';
import type { CommandContext } from './command-context.ts';
import { checkCommand } from './commands/check/check-command.ts';
import { flagsCommand } from './commands/flags.ts';
import { migrateCommand } from './commands/migrate/migrate-command.ts';
import { moveCommand } from './commands/move/move-command.ts';
import { sessionsCommand } from './commands/sessions/sessions-command.ts';

/** The command line. Each group of commands registers itself. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('switchyard')
    .description('Move a live session table to a database of its own, without losing one session')
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const register of [migrateCommand, checkCommand, flagsCommand, sessionsCommand, moveCommand])
    register(program, context);
  return program;
}
