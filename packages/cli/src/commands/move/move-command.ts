import {
  readPercent,
  readPositive,
  SOURCE_KINDS,
  VERB_OPTIONS,
  whyNotTogether,
  type MoveVerb,
  type VerbOptions,
} from '@switchyard/session-move';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { backfillVerb } from './backfill-verb.ts';
import { changeVerb, type ChangeOptions } from './change-verb.ts';
import { explainVerb } from './explain-verb.ts';
import { logVerb } from './log-verb.ts';
import { startVerb, type StartOptions } from './start-verb.ts';
import { statusVerb, type StatusOptions } from './status-verb.ts';
import { verifyVerb } from './verify-verb.ts';
import { workerVerb, type WorkerOptions } from './worker-verb.ts';

/** `switchyard move …`: the whole move of the sessions, one verb for each step. */
export function moveCommand(program: Command, { findProject, done }: CommandContext): void {
  const move = program
    .command('move')
    .description('move the sessions from the main database to the sessions database, while the shop is open');

  const verb = (name: string, description: string): Command =>
    move.command(name).description(description).option('--json', 'print one JSON object');
  const change = (name: MoveVerb, description: string): Command => {
    const command = verb(name, description).option(
      '--dry-run',
      'say what would be done and what is checked; change nothing',
    );
    for (const { flags, does, read } of VERB_OPTIONS[name])
      if (read === undefined) command.option(flags, does);
      else command.option(flags, does, argument(read));
    return command.hook('preAction', () => {
      const why = whyNotTogether(command.opts<VerbOptions>());
      if (why !== undefined) command.error(`error: ${why}`);
    });
  };

  verb('status', 'where the move is, and what is safe to do next')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .action(async (options: StatusOptions) => done(await statusVerb(findProject(), options)));

  change('start', 'claim the new database, and list what changes in the old one')
    .addOption(new Option('--from <library>', 'whose table the sessions are in').choices(SOURCE_KINDS))
    .option('--table <[schema.]table>', 'that table; default is the library’s own')
    .option('--time-zone <zone>', 'in which connect-pg-simple writes its column expire; default is its role’s')
    .option('--write-migration <folder>', 'write the SQL as a Prisma migration there, instead of running it')
    .action(async (options: StartOptions) => done(await startVerb(findProject(), options)));

  change('backfill', 'copy the sessions that the new database lacks; goes on where it was').action(
    async (options: ChangeOptions) => done(await backfillVerb(findProject(), options)),
  );

  change('verify', 'compare both databases while the shop writes').action(async (options: ChangeOptions) =>
    done(await verifyVerb(findProject(), options)),
  );

  change('switch', 'let the new database serve a share of the sessions')
    .requiredOption('--percent <share>', 'the share that the new database is to serve: 1 to 100', percent)
    .action(async (options: ChangeOptions) => done(await changeVerb(findProject(), 'switch', options)));

  change('rollback', 'let the old database serve again, with everything that was written since')
    .option('--percent <share>', 'the share that stays at the new database', percent, 0)
    .action(async (options: ChangeOptions) => done(await changeVerb(findProject(), 'rollback', options)));

  change('complete', 'end the move: there is no way back, and the old table is emptied').action(
    async (options: ChangeOptions) => done(await changeVerb(findProject(), 'complete', options)),
  );

  change('cancel', 'take the move back before its first switch').action(async (options: ChangeOptions) =>
    done(await changeVerb(findProject(), 'cancel', options)),
  );

  verb('worker', 'carry changes across, as long as it runs; any number of them may')
    .option('--no-throttle', 'do not slow down when the databases do')
    .option('--no-backfill', 'carry changes only: for a move that waits until every session has been written')
    .action(async (options: WorkerOptions) => done(await workerVerb(findProject(), options)));

  verb('explain', 'where a session lives, and why')
    .argument('<key-hash>', 'its stored key, or the first eight characters at least')
    .action(async (key: string, options: { json?: boolean }) => done(await explainVerb(findProject(), key, options)));

  verb('log', 'who did what')
    .option('--last <lines>', 'how many lines', argument(readPositive), 20)
    .action(async (options: { json?: boolean; last: number }) => done(await logVerb(findProject(), options)));
}

/** Reads what stands behind a flag; what is wrong with it, commander says with the flag's name. */
const argument =
  (read: (text: string) => number) =>
  (text: string): number => {
    try {
      return read(text);
    } catch (error) {
      throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
    }
  };

const percent = argument(readPercent);
