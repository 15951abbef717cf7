import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseAlias } from '@switchyard/databases';
import type { CommandContext } from '../../command-context.ts';
import { print, printJson } from '../../output.ts';
import { applyVerb } from './apply-verb.ts';
import { createVerb } from './create-verb.ts';
import { listVerb } from './list-verb.ts';
import { markVerb } from './mark-verb.ts';
import { migrateAll } from './migrate-all.ts';
import { migrateOne } from './migrate-one.ts';
import type { MigrateVerb } from './migrate-verb.ts';
import { planVerb } from './plan-verb.ts';

interface MigrateOptions {
  readonly database?: string;
  readonly all?: boolean;
  readonly list?: boolean;
  readonly plan?: boolean;
  readonly create?: string;
  readonly markApplied?: string;
  readonly markRolledBack?: string;
  readonly json?: boolean;
}

const VERBS = ['list', 'plan', 'create', 'markApplied', 'markRolledBack'];

/** `switchyard migrate <schema> --database <alias>` and `switchyard migrate --all` */
export function migrateCommand(program: Command, { findProject, done }: CommandContext): void {
  const verb = (flags: string, description: string): Option => {
    const option = new Option(flags, description);
    return option.conflicts(VERBS.filter((other) => other !== option.attributeName()));
  };
  const ofOne = (flags: string, description: string): Option => verb(flags, description).conflicts('all');
  const command = program
    .command('migrate')
    .description('apply the migrations of one database or of all, look at them, make one or mark one')
    .argument('[schema]', 'the folder below prisma: main or sessions')
    .addOption(new Option('--database <alias>', 'the database to apply them to').conflicts('all'))
    .option('--all', 'every database, with the schema of its own name')
    .addOption(verb('--list', 'show the migrations and whether they are applied; change nothing'))
    .addOption(verb('--plan', 'show what would be applied, with its SQL; change nothing'))
    .addOption(
      ofOne('--create <name>', 'write a migration of what the schema has and the migrations do not make').argParser(
        word,
      ),
    )
    .addOption(ofOne('--mark-applied <name>', 'record a migration as applied, without running it'))
    .addOption(ofOne('--mark-rolled-back <name>', 'have a migration that failed applied again'))
    .option('--json', 'print one JSON object');
  command.action(async (schema: string | undefined, options: MigrateOptions) => {
    const { all = false, database, json = false } = options;
    if (all) {
      if (schema !== undefined) command.error('error: --all is for every schema: leave the argument out');
      return done(await migrateAll(findProject(), verbOf(options), json));
    }
    if (schema === undefined) return command.error("error: missing required argument 'schema', or --all");
    if (database === undefined) return command.error("error: required option '--database <alias>' not specified");
    const alias = parseAlias(database);
    const { facts, lines, exitCode } = await migrateOne(findProject(), parseAlias(schema), alias, verbOf(options));
    if (json) printJson({ database: alias, ...facts });
    else lines.forEach(print);
    done(exitCode);
  });
}

function verbOf({ list, plan, create, markApplied, markRolledBack }: MigrateOptions): MigrateVerb {
  if (list === true) return listVerb;
  if (plan === true) return planVerb;
  if (create !== undefined) return createVerb(create);
  if (markApplied !== undefined) return markVerb(markApplied, 'applied');
  if (markRolledBack !== undefined) return markVerb(markRolledBack, 'rolled back');
  return applyVerb;
}

/** It becomes the name of a folder. */
function word(text: string): string {
  if (!/^\w{1,100}$/.test(text)) throw new InvalidArgumentError('It may have letters, digits and _ in it.');
  return text;
}
