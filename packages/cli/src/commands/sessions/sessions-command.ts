import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { listVerb, type ListOptions } from './list-verb.ts';
import { purgeVerb, type PurgeOptions } from './purge-verb.ts';
import { revokeVerb, type RevokeOptions } from './revoke-verb.ts';

/** `switchyard sessions …`: what operators do with sessions, move or no move. */
export function sessionsCommand(program: Command, { findProject, done }: CommandContext): void {
  const sessions = program.command('sessions').description('list, revoke and purge sessions, in every database');

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

  verb('list', 'the live sessions of a user')
    .requiredOption('--user <id>', 'whose sessions', name)
    .action(async (options: ListOptions) => done(await listVerb(findProject(), options)));

  verb('revoke', 'log a user out everywhere')
    .requiredOption('--user <id>', 'whose sessions', name)
    .option('--dry-run', 'count the sessions; change nothing')
    .action(async (options: RevokeOptions) => done(await revokeVerb(findProject(), options)));
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
