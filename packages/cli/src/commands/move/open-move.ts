import { createPool, openDatabases, type Alias } from '@switchyard/databases';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import {
  createMoveOperator,
  pgMoveDatabase,
  type MoveFlagsPort,
  type MoveOperator,
  type MoveOperatorOptions,
  type MoveSide,
} from '@switchyard/session-move';
import { actor } from '../../actor.ts';
import { tell } from '../../output.ts';

type Pool = ReturnType<typeof createPool>;

/** Both databases of the move, as its commands use them. */
export interface OpenMove {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly urls: Readonly<Record<Alias, string>>;
  operator(options?: Partial<MoveOperatorOptions>): MoveOperator;
  close(): Promise<void>;
}

/** Room for the long ones: a page of a comparison, a batch of large rows. */
const STATEMENT_TIMEOUT_MS = 60_000;

/** Opens what the environment names, whether or not it answers: a status has to work on a bad day, too. */
export async function openMove(project: string): Promise<OpenMove> {
  const databases = await openDatabases({ project, attach: true, unreachable: 'allow', announce: tell });
  const { urls } = databases;
  const open = (alias: Alias): Pool =>
    createPool(urls[alias], { max: 8, statementTimeoutMs: STATEMENT_TIMEOUT_MS, applicationName: 'switchyard move' });
  const pools = { old: open('main'), new: open('sessions') };
  const side = (name: SiteName): MoveSide => ({
    database: pgMoveDatabase(pools[name]),
    site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
  });
  const sides = { old: side('old'), new: side('new') };
  return {
    sides,
    urls,
    operator: (options) =>
      createMoveOperator({ ...sides, flags: databaseFlags(pools.old), actor: actor(), onWait: tell, ...options }),
    close: async () => {
      await Promise.all([pools.old.end(), pools.new.end()]);
      await databases.close();
    },
  };
}

/** The default provider: a table of the main database. */
const databaseFlags = (pool: Pool): MoveFlagsPort => ({
  read: async () => {
    const { rows } = await pool.query<{ name: string; enabled: boolean }>('select name, enabled from feature_flag');
    const on = new Set(rows.flatMap(({ name, enabled }) => (enabled ? [name] : [])));
    return { migration_flag: on.has('migration_flag'), new_db_router_flag: on.has('new_db_router_flag') };
  },
  write: async (name, enabled) => {
    await pool.query('update feature_flag set enabled = $2, updated_at = now() where name = $1', [name, enabled]);
  },
});
