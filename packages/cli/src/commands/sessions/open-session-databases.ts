import { ALIASES, checkMigrated, createPool, openDatabases, type Alias } from '@switchyard/databases';
import { findKeyEncoding, pgExecutor, type KeyEncoding, type SqlExecutor } from '@switchyard/session-backends';
import { findReadySource, pgMoveDatabase, sideExecutor } from '@switchyard/session-move';
import { tell } from '../../output.ts';
import { loadProjectConfig } from '../../project/project-config.ts';

export interface SessionDatabase {
  readonly alias: Alias;
  readonly pool: ReturnType<typeof createPool>;
  /** Finds the tables of the sessions by their bare names. */
  readonly executor: SqlExecutor;
  /** Where the move from another library's table has its own tables; `undefined`: the sessions are in a table of ours. */
  readonly sideSchema: string | undefined;
}

export interface SessionDatabases {
  readonly databases: readonly SessionDatabase[];
  readonly keyEncoding: KeyEncoding;
  close(): Promise<void>;
}

/** A count of millions of rows takes its time; what takes longer hangs. */
const STATEMENT_TIMEOUT_MS = 300_000;

export interface OpenSessionDatabasesOptions {
  /** Default is all, the one that sessions move from first. */
  readonly aliases?: readonly Alias[];
  /** Default is what the keys that are there look like. */
  readonly keyEncoding?: KeyEncoding | undefined;
}

/** The databases that sessions lie in, as the environment names them. @throws {DatabaseError} what to do about it */
export async function openSessionDatabases(
  project: string,
  { aliases = ALIASES, keyEncoding }: OpenSessionDatabasesOptions = {},
): Promise<SessionDatabases> {
  const opened = await openDatabases({ project, aliases, attach: true, announce: tell });
  const { source } = await loadProjectConfig(project);
  const pools = aliases.map((alias) => ({
    alias,
    pool: createPool(opened.urls[alias], {
      max: 2,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      applicationName: 'switchyard sessions',
    }),
  }));
  const close = async (): Promise<void> => {
    await Promise.all(pools.map(({ pool }) => pool.end()));
    await opened.close();
  };
  try {
    const databases = await Promise.all(
      pools.map(({ alias, pool }) => toSessionDatabase(alias, pool, source?.sideSchema)),
    );
    for (const { alias, sideSchema } of databases)
      if (sideSchema === undefined) await checkMigrated(alias, opened.urls[alias]);
    const found = await Promise.all(databases.map(({ executor }) => findKeyEncoding(executor)));
    return { databases, keyEncoding: keyEncoding ?? found.find((one) => one !== undefined) ?? usual(databases), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** While nobody has a session. */
const usual = (databases: readonly SessionDatabase[]): KeyEncoding =>
  databases.some(({ sideSchema }) => sideSchema !== undefined) ? 'plain' : 'sha256';

async function toSessionDatabase(
  alias: Alias,
  pool: SessionDatabase['pool'],
  wanted: string | undefined,
): Promise<SessionDatabase> {
  const ready = alias === 'main' ? await findReadySource(pgMoveDatabase(pool), wanted) : undefined;
  if (ready === undefined) return { alias, pool, executor: pgExecutor(pool), sideSchema: undefined };
  const { sideSchema } = ready;
  return { alias, pool, executor: sideExecutor(pool, sideSchema), sideSchema };
}
