import { createPool, openDatabases, type Alias } from '@switchyard/databases';
import { postgresMoveFlags } from '@switchyard/flags';
import { pgExecutor, type KeyEncoding } from '@switchyard/session-backends';
import type { FencedTable } from '@switchyard/session-backends/foreign';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import {
  createMoveOperator,
  findReadySource,
  foreignSide,
  pgMoveDatabase,
  type MoveFlagsPort,
  type MoveOperator,
  type MoveOperatorOptions,
  type MoveDatabase,
  type MoveSide,
  type MoveSource,
} from '@switchyard/session-move';
import { actor } from '../../actor.ts';
import { tell } from '../../output.ts';
import { loadProjectConfig } from '../../project/project-config.ts';

type Pool = ReturnType<typeof createPool>;

/** Both databases of the move, as its commands use them. */
export interface OpenMove {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly urls: Readonly<Record<Alias, string>>;
  /** Keys are in clear where another library made the table. */
  readonly keyEncoding: KeyEncoding;
  /** The old database, with its own search path. */
  readonly main: MoveDatabase;
  /** The table of another library that the project says its sessions are in. */
  readonly declared: MoveSource | undefined;
  /** The table of another library that has been made ready for the move. */
  readonly ready: FencedTable | undefined;
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
  const main = pgMoveDatabase(pools.old);
  const { source: declared } = await loadProjectConfig(project);
  // On a bad day there is nobody to ask; whatever is done then, is refused by the database that does not answer.
  const ready = await findReadySource(main, declared?.sideSchema).catch(() => undefined);
  const old = ready === undefined ? side('old') : foreignSide({ pool: pools.old, ...ready });
  const sides = { old, new: side('new') };
  return {
    sides,
    urls,
    keyEncoding: ready === undefined ? 'sha256' : 'plain',
    main,
    declared,
    ready,
    operator: (options) =>
      createMoveOperator({
        ...sides,
        flags: databaseFlags(pools.old, ready !== undefined),
        actor: actor(),
        onWait: tell,
        ...options,
      }),
    close: async () => {
      await Promise.all([pools.old.end(), pools.new.end()]);
      await databases.close();
    },
  };
}

/** The default provider: a table of the main database. */
const databaseFlags = (pool: Pool, isForeign: boolean): MoveFlagsPort =>
  isForeign ? noFlags() : postgresMoveFlags(pool);

/** A shop that comes from another library's table goes by the fences alone: nobody reads a flag. */
function noFlags(): MoveFlagsPort {
  const flags = { migration_flag: false, new_db_router_flag: false };
  return {
    read: async () => flags,
    write: async (name, enabled) => {
      flags[name] = enabled;
    },
  };
}
