import { SOURCE_KINDS } from '@switchyard/session-move';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { backfillVerb, type BackfillOptions } from './backfill-verb.ts';
import { changeVerb, type ChangeOptions } from './change-verb.ts';
import { explainVerb } from './explain-verb.ts';
import { logVerb } from './log-verb.ts';
import { startVerb, type StartOptions } from './start-verb.ts';
import { statusVerb, type StatusOptions } from './status-verb.ts';
import { verifyVerb, type VerifyOptions } from './verify-verb.ts';
import { workerVerb, type WorkerOptions } from './worker-verb.ts';

/** `switchyard move …`: the whole move of the sessions, one verb for each step. */
export function moveCommand(program: Command, { findProject, done }: CommandContext): void {
  const move = program
    .command('move')
    .description('move the sessions from the main database to the sessions database, while the shop is open');

  const verb = (name: string, description: string): Command =>
    move.command(name).description(description).option('--json', 'print one JSON object');
  const change = (name: string, description: string): Command =>
    verb(name, description).option('--dry-run', 'say what would be done and what is checked; change nothing');

  verb('status', 'where the move is, and what is safe to do next')
    .option('--watch', 'again every two seconds, until Ctrl-C')
    .action(async (options: StatusOptions) => done(await statusVerb(findProject(), options)));

  change('start', 'claim the new database, and list what changes in the old one')
    .addOption(new Option('--from <library>', 'whose table the sessions are in').choices(SOURCE_KINDS))
    .option('--table <[schema.]table>', 'that table; default is the library’s own')
    .option('--time-zone <zone>', 'in which connect-pg-simple writes its column expire; default is its role’s')
    .option('--write-migration <folder>', 'write the SQL as a Prisma migration there, instead of running it')
    .action(async (options: StartOptions) => done(await startVerb(findProject(), options)));

  change('backfill', 'copy the sessions that the new database lacks; goes on where it was')
    .option('--rate <rows>', 'copy at most so many rows a second', positive)
    .option('--no-throttle', 'do not slow down when the databases do')
    .option('--wait', 'copy nothing: wait until every session has been written since the start, or has expired')
    .action(async (options: BackfillOptions) => done(await backfillVerb(findProject(), options)));

  change('verify', 'compare both databases while the shop writes')
    .option('--repair', 'carry over what the database that serves has and the other lacks')
    .option('--repair-rogue', 'with --repair: also replace rows that somebody wrote behind the fences')
    .option('--sample <share>', 'compare only this share of the sessions, such as 5%', share)
    .option('--rate <rows>', 'compare at most so many rows a second', positive)
    .action(async (options: VerifyOptions) => done(await verifyVerb(findProject(), options)));

  withLimits(change('switch', 'let the new database serve a share of the sessions'))
    .requiredOption('--percent <share>', 'the share that the new database is to serve: 1 to 100', percent)
    .option(
      '--library-silence <seconds>',
      'refuse when a process has written by another library since; 0: never',
      notNegative,
    )
    .action(async (options: ChangeOptions) => done(await changeVerb(findProject(), 'switch', options)));

  change('rollback', 'let the old database serve again, with everything that was written since')
    .option('--percent <share>', 'the share that stays at the new database', percent, 0)
    .action(async (options: ChangeOptions) => done(await changeVerb(findProject(), 'rollback', options)));

  withLimits(change('complete', 'end the move: there is no way back, and the old table is emptied'))
    .option('--drop', 'drop the old table, too')
    .action(async (options: ChangeOptions) => done(await changeVerb(findProject(), 'complete', options)));

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
    .option('--last <lines>', 'how many lines', positive, 20)
    .action(async (options: { json?: boolean; last: number }) => done(await logVerb(findProject(), options)));
}

const withLimits = (command: Command): Command =>
  command
    .option('--max-lag <changes>', 'refuse with more changes waiting than this', positive)
    .option('--max-lag-ms <ms>', 'refuse when the oldest of them is older', positive)
    .option('--max-verify-age <minutes>', 'refuse when the last verify is older', positive)
    .option('--max-latency <ms>', 'refuse when a database is slower at the median', positive)
    .option('--max-transaction <seconds>', 'refuse when a transaction has been open for longer', positive);

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It has to be a positive number.');
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It has to be a number from 0 on.');
  return value;
}

function percent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (text === '' || !Number.isFinite(value) || value < 0 || value > 100)
    throw new InvalidArgumentError('It has to be a number from 0 to 100.');
  return value;
}

const share = (text: string): number => {
  const value = percent(text) / 100;
  if (value === 0) throw new InvalidArgumentError('It has to be more than 0 %.');
  return value;
};
