import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseAlias } from '@switchyard/databases';
import type { CommandContext } from '../../command-context.ts';
import { bloatVerb, type BloatOptions } from './bloat-verb.ts';
import { SOURCES, URL_VARIABLE, type ImportVerbOptions } from './import/import-options.ts';
import { importVerb } from './import/import-verb.ts';
import { listVerb, type ListOptions } from './list-verb.ts';
import { purgeVerb, type PurgeOptions } from './purge-verb.ts';
import { revokeVerb, type RevokeOptions } from './revoke-verb.ts';

/** `switchyard sessions …`: what operators do with sessions, move or no move. */
export function sessionsCommand(program: Command, { findProject, done }: CommandContext): void {
  const sessions = program
    .command('sessions')
    .description('list, revoke, purge and import sessions; look at the room they take');

  const verb = (name: string, description: string): Command =>
    sessions
      .command(name)
      .description(description)
      .addOption(
        new Option('--key-encoding <encoding>', 'how keys are stored, if it is not to be found out').choices([
          'sha256',
          'plain',
        ]),
      )
      .option('--json', 'print one JSON object');

  verb('purge', 'delete what has expired, in batches, while the shop is open')
    .option('--database <alias...>', 'only this database: main or sessions (default: every one)')
    .option('--batch <rows>', 'delete so many rows at a time', atLeast(1), 1_000)
    .option('--pause <ms>', 'rest so long in between', atLeast(0), 100)
    .option('--rate <rows>', 'delete at most so many rows a second', atLeast(1))
    .option('--dry-run', 'count what would be deleted; change nothing')
    .action(async (options: PurgeOptions) => done(await purgeVerb(findProject(), options)));

  verb('import', 'copy the live sessions that another library has written, while it goes on; may be given again')
    .addOption(new Option('--from <library>', 'what has written them').choices(SOURCES).makeOptionMandatory())
    .option('--url <url>', `the server they are on; default is ${URL_VARIABLE}, which no list of processes shows`)
    .option('--database <alias>', 'into this database: main or sessions', parseAlias, 'sessions' as const)
    .option('--prefix <prefix>', 'what their keys begin with in Redis (default: "sess:")')
    .option('--table <name>', 'their table, with its schema if need be (default: the one of the library)')
    .option('--columns <names...>', 'its columns of session id, data, expiry, where a Prisma model maps them')
    .option(
      '--time-zone <name>',
      'that of the connections which wrote connect-pg-simple’s table (default: the server’s)',
    )
    .option('--user <path>', 'where in a session its user’s id is, such as passport.user, for list and revoke')
    .option('--ttl <seconds>', 'how long sessions live that never end in Redis', atLeast(1), 1_209_600)
    .option('--batch <entries>', 'read about so many at a time', atLeast(1), 500)
    .option('--rate <entries>', 'read at most so many a second', atLeast(1))
    .option('--restart', 'do not go on where an import has stopped')
    .option('--verify', 'only compare; change nothing')
    .option('--dry-run', 'say what would be copied; change nothing')
    .action(async (options: ImportVerbOptions) => done(await importVerb(findProject(), options)));

  verb('list', 'the live sessions of a user')
    .requiredOption('--user <id>', 'whose sessions', name)
    .action(async (options: ListOptions) => done(await listVerb(findProject(), options)));

  verb('revoke', 'log a user out everywhere')
    .requiredOption('--user <id>', 'whose sessions', name)
    .option('--dry-run', 'count the sessions; change nothing')
    .action(async (options: RevokeOptions) => done(await revokeVerb(findProject(), options)));

  sessions
    .command('bloat')
    .description('how much of a table of sessions is dead space, why, and what to run; change nothing')
    .option('--database <alias...>', 'only this database: main or sessions (default: every one)')
    .option('--table <name>', 'another table, with its schema if need be (default: the one of the sessions)', name)
    .option('--long <seconds>', 'a transaction that is open for so long is one too many', atLeast(0), 60)
    .option('--json', 'print one JSON object')
    .action(async (options: BloatOptions) => done(await bloatVerb(findProject(), options)));
}

const atLeast =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It has to be a whole number, ${least} or more.`);
    return value;
  };

function name(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}
