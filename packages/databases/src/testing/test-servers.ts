import { rm } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { ALIASES, urlVariable, type Alias } from '../aliases.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { makeTemporaryFolder } from '../embedded/temporary-folder.ts';
import { createMigrator } from '../migrations/migrator.ts';
import { createPool } from '../pool.ts';

export interface TestServers {
  /** Tells test files, through the environment, where the servers are. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const templateName = (alias: Alias): string => `switchyard_template_${alias}_${process.pid}`;

/**
 * One pair of PostgreSQL servers for a whole test run, each with a template database that has the migrations applied.
 * Servers of your own are used where their URLs are set. To be called from jest's globalSetup.
 */
export async function startTestServers(project: string): Promise<TestServers> {
  const folder = makeTemporaryFolder('switchyard-test-');
  const started: EmbeddedPostgres[] = [];
  const serverUrl = async (alias: Alias): Promise<string> => {
    const given = process.env[urlVariable(alias)];
    if (given !== undefined && given !== '') return given;
    const server = await startEmbeddedPostgres({
      project,
      folder: path.join(folder, alias),
      database: 'postgres',
      settings: { fsync: 'off', full_page_writes: 'off', max_prepared_transactions: '10' },
    });
    started.push(server);
    return server.url;
  };
  const urls = await Promise.all(ALIASES.map(async (alias) => [alias, await serverUrl(alias)] as const));
  await Promise.all(urls.map(([alias, url]) => makeTemplate(project, alias, url)));
  return {
    environment: Object.fromEntries(
      urls.flatMap(([alias, url]) => [
        [`SWITCHYARD_TEST_${alias.toUpperCase()}_SERVER`, url],
        [`SWITCHYARD_TEST_${alias.toUpperCase()}_TEMPLATE`, templateName(alias)],
      ]),
    ),
    stop: async () => {
      await Promise.all(
        urls.map(([alias, url]) => administer(url, [`drop database if exists ${templateName(alias)}`])),
      );
      await Promise.all(started.map((server) => server.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeTemplate(project: string, alias: Alias, url: string): Promise<void> {
  const name = templateName(alias);
  await administer(url, [`drop database if exists ${name}`, `create database ${name}`]);
  const pool = createPool(withDatabase(url, name));
  try {
    await createMigrator(project, alias, pool).apply();
  } finally {
    await pool.end();
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

export async function administer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
