import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import {
  ALIASES,
  createMigrator,
  createPool,
  startEmbeddedPostgres,
  type Alias,
  type EmbeddedPostgres,
} from '@switchyard/databases';
import { stockShop, type Stock } from './stock-shop.ts';

export interface TwoDatabases {
  readonly servers: Readonly<Record<Alias, EmbeddedPostgres>>;
  /** Straight to the servers, past every cable. */
  readonly pools: Readonly<Record<Alias, Pool>>;
  readonly stock: Stock;
  close(): Promise<void>;
}

export interface TwoDatabasesOptions {
  readonly project: string;
  /** For the data of both servers. */
  readonly folder: string;
  /** How many are to be registered. */
  readonly shoppers: number;
  /** A folder that was made by `makeTemplate` for as many shoppers: it is copied, which is quicker than making it anew. */
  readonly template?: string | undefined;
}

// Nothing here has to survive a power cut; what a killed server had committed is kept all the same.
const SETTINGS = { fsync: 'off', full_page_writes: 'off' };

const STOCK_FILE = 'stock.json';

/** Two PostgreSQL servers, both migrated, the shop in the main one stocked. @throws {DatabaseError} what to do about it */
export async function openTwoDatabases(options: TwoDatabasesOptions): Promise<TwoDatabases> {
  const { project, folder, shoppers, template } = options;
  if (template !== undefined) await copyFolder(template, folder);
  const servers: EmbeddedPostgres[] = [];
  const pools: Pool[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.end()));
    await Promise.all(servers.map((server) => server.stop()));
  };
  const open = async (alias: Alias): Promise<{ server: EmbeddedPostgres; pool: Pool }> => {
    const settings = SETTINGS;
    const server = await startEmbeddedPostgres({
      folder: path.join(folder, alias),
      database: alias,
      settings,
      project,
    });
    servers.push(server);
    const pool = createPool(server.url, { max: 4, applicationName: 'rehearsal' });
    pools.push(pool);
    if (template === undefined) await createMigrator(project, alias, pool).apply();
    return { server, pool };
  };
  try {
    const opened = await Promise.allSettled(ALIASES.map(async (alias) => [alias, await open(alias)] as const));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const byAlias = Object.fromEntries(
      opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    ) as Record<Alias, { server: EmbeddedPostgres; pool: Pool }>;
    const each = <T>(choose: (one: { server: EmbeddedPostgres; pool: Pool }) => T): Record<Alias, T> => ({
      main: choose(byAlias.main),
      sessions: choose(byAlias.sessions),
    });
    const stock =
      template === undefined
        ? await stockShop(byAlias.main.pool, shoppers)
        : (JSON.parse(await readFile(path.join(folder, STOCK_FILE), 'utf8')) as Stock);
    return { servers: each(({ server }) => server), pools: each(({ pool }) => pool), stock, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What many rehearsals begin with, made once. */
export async function makeTemplate(options: Omit<TwoDatabasesOptions, 'template'>): Promise<void> {
  const databases = await openTwoDatabases(options);
  await databases.close();
  await writeFile(path.join(options.folder, STOCK_FILE), JSON.stringify(databases.stock));
}

/** With owners and rights: as root, the data belongs to the user whom PostgreSQL runs as. */
async function copyFolder(from: string, to: string): Promise<void> {
  await access(from);
  await promisify(execFile)('cp', ['-a', `${from}/.`, to]);
}
