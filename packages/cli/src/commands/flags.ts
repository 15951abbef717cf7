import type { Command } from 'commander';
import { createPool, DatabaseError, openDatabases } from '@switchyard/databases';
import type { CommandContext } from '../command-context.ts';
import { EXIT } from '../exit-codes.ts';
import { print, printJson, tell } from '../output.ts';

interface FlagsOptions {
  readonly json?: boolean;
}

interface FlagRow {
  readonly name: string;
  readonly enabled: boolean;
}

/** `switchyard flags [NAME on|off]`: shows the flags of the default provider, after setting one if asked to. */
export function flagsCommand(program: Command, { findProject, done }: CommandContext): void {
  program
    .command('flags')
    .description('show the flags of the move, or set one')
    .argument('[name]', 'migration_flag or new_db_router_flag')
    .argument('[state]', 'on or off')
    .option('--json', 'print one JSON object')
    .action(async (name: string | undefined, state: string | undefined, options: FlagsOptions) =>
      done(await flags(findProject(), name, state, options)),
    );
}

async function flags(
  project: string,
  name: string | undefined,
  state: string | undefined,
  options: FlagsOptions,
): Promise<number> {
  if (name !== undefined && state !== 'on' && state !== 'off') {
    tell(`Say "on" or "off": switchyard flags ${name} on`);
    return EXIT.refused;
  }
  const databases = await openDatabases({ project, aliases: ['main'], attach: true, announce: tell });
  const pool = createPool(databases.urls.main, { max: 1 });
  try {
    if (name !== undefined) {
      const { rowCount } = await pool.query(
        'update feature_flag set enabled = $2, updated_at = now() where name = $1',
        [name, state === 'on'],
      );
      if (rowCount === 0) {
        tell(
          `There is no flag "${name}". The flags are: ${(await readFlags(pool)).map((flag) => flag.name).join(', ')}.`,
        );
        return EXIT.refused;
      }
    }
    const all = await readFlags(pool);
    if (options.json === true) printJson(Object.fromEntries(all.map((flag) => [flag.name, flag.enabled])));
    else for (const flag of all) print(`${flag.enabled ? 'on ' : 'off'} ${flag.name}`);
    return EXIT.done;
  } catch (cause) {
    if (typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '42P01')
      throw new DatabaseError(
        'NOT_MIGRATED',
        'The main database has no flags yet. Run: npx switchyard migrate main --database main',
        { cause },
      );
    throw cause;
  } finally {
    await pool.end();
    await databases.close();
  }
}

const readFlags = async (pool: ReturnType<typeof createPool>): Promise<FlagRow[]> =>
  (await pool.query<FlagRow>('select name, enabled from feature_flag order by name')).rows;
