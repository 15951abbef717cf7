import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import {
  checkConnection,
  createMigrator,
  createPool,
  findProjectFolder,
  makeTemporaryFolder,
  startEmbeddedPostgres,
  urlVariable,
  type Alias,
} from '@switchyard/databases';

export interface BenchPostgres {
  /** How it was found and what it does about durability, for a reader of the figures. */
  readonly description: string;
  /** A new database with a name of the bench's own: with Switchyard's tables, or empty. Resolves to its URL. */
  create(kind: 'migrated' | 'empty'): Promise<string>;
  /** Drops what was made here, and stops the server if it was started here. */
  close(): Promise<void>;
}

/** Durable, and with no checkpoint in the middle of a round. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
} as const;

/**
 * The server that the environment names (`MAIN_DATABASE_URL`, `SESSIONS_DATABASE_URL`), else an embedded one.
 * @throws {DatabaseError} when the one that is named does not answer
 */
export async function openPostgres(alias: Alias, environment: NodeJS.ProcessEnv): Promise<BenchPostgres> {
  const project = findProjectFolder();
  const { url, stop, from } = await serverOf(project, alias, environment);
  const names: string[] = [];
  let template: Promise<string> | undefined;

  const make = async (options = ''): Promise<string> => {
    const name = `switchyard_bench_${process.pid}_${names.length}`;
    names.push(name);
    await administer(url, `create database ${name} ${options}`);
    return name;
  };
  const makeTemplate = async (): Promise<string> => {
    const name = await make();
    const pool = createPool(withDatabase(url, name));
    try {
      await createMigrator(project, alias, pool).apply();
    } finally {
      await pool.end();
    }
    return name;
  };

  return {
    description: `${await describe(url)}, ${from}`,
    create: async (kind) => {
      if (kind === 'empty') return withDatabase(url, await make());
      template ??= makeTemplate();
      return withDatabase(url, await make(`template ${await template}`));
    },
    close: async () => {
      try {
        // The template was made first and goes last.
        for (const name of names.toReversed()) await administer(url, `drop database if exists ${name} with (force)`);
      } finally {
        await stop();
      }
    },
  };
}

async function serverOf(
  project: string,
  alias: Alias,
  environment: NodeJS.ProcessEnv,
): Promise<{ url: string; stop: () => Promise<void>; from: string }> {
  const variable = urlVariable(alias);
  const given = environment[variable];
  if (given !== undefined && given !== '') {
    await checkConnection(alias, given);
    return { url: given, stop: async () => undefined, from: `of ${variable}` };
  }
  const folder = makeTemporaryFolder('switchyard-bench-');
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const server = await startEmbeddedPostgres({
    project,
    folder: path.join(folder, alias),
    database: 'postgres',
    settings: SETTINGS,
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await remove();
  };
  return { url: server.url, stop, from: 'started for this run' };
}

async function describe(url: string): Promise<string> {
  const settings = ['server_version', 'synchronous_commit', 'fsync', 'full_page_writes', 'shared_buffers'];
  const values = settings.map((name) => `current_setting('${name}') as ${name}`).join(', ');
  const [row] = await administer(url, `select ${values}`);
  const [version, ...others] = settings.map((name) => [name, String(row?.[name])] as const);
  return `PostgreSQL ${version?.[1]} with ${others.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

async function administer(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
