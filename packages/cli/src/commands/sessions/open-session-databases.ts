import { ALIASES, checkMigrated, createPool, openDatabases, type Alias } from '@switchyard/databases';
import { findKeyEncoding, pgExecutor, type KeyEncoding, type SqlExecutor } from '@switchyard/session-backends';
import { tell } from '../../output.ts';

export interface SessionDatabase {
  readonly alias: Alias;
  readonly pool: ReturnType<typeof createPool>;
  readonly executor: SqlExecutor;
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
  const databases = aliases.map((alias): SessionDatabase => {
    const pool = createPool(opened.urls[alias], {
      max: 2,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      applicationName: 'switchyard sessions',
    });
    return { alias, pool, executor: pgExecutor(pool) };
  });
  const close = async (): Promise<void> => {
    await Promise.all(databases.map(({ pool }) => pool.end()));
    await opened.close();
  };
  try {
    for (const alias of aliases) await checkMigrated(alias, opened.urls[alias]);
    const found = await Promise.all(databases.map(({ executor }) => findKeyEncoding(executor)));
    return { databases, keyEncoding: keyEncoding ?? found.find((one) => one !== undefined) ?? 'sha256', close };
  } catch (error) {
    await close();
    throw error;
  }
}
