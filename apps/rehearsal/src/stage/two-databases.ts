import path from 'node:path';
import type { Pool } from 'pg';
import {
  ALIASES,
  createMigrator,
  createPool,
  startEmbeddedPostgres,
  type Alias,
  type EmbeddedPostgres,
} from '@switchyard/databases';

export interface TwoDatabases {
  readonly urls: Readonly<Record<Alias, string>>;
  readonly pools: Readonly<Record<Alias, Pool>>;
  close(): Promise<void>;
}

// Nothing here has to survive a power cut; what a killed server had committed is kept all the same.
const SETTINGS = { fsync: 'off', full_page_writes: 'off' };

/** Two PostgreSQL servers with their data in that folder, both migrated. @throws {DatabaseError} what to do about it */
export async function openTwoDatabases(project: string, folder: string): Promise<TwoDatabases> {
  const servers: EmbeddedPostgres[] = [];
  const pools: Pool[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.end()));
    await Promise.all(servers.map((server) => server.stop()));
  };
  const open = async (alias: Alias): Promise<{ url: string; pool: Pool }> => {
    const server = await startEmbeddedPostgres({
      folder: path.join(folder, alias),
      database: alias,
      settings: SETTINGS,
      project,
    });
    servers.push(server);
    const pool = createPool(server.url, { max: 4, applicationName: 'rehearsal' });
    pools.push(pool);
    await createMigrator(project, alias, pool).apply();
    return { url: server.url, pool };
  };
  const opened = await Promise.allSettled(ALIASES.map(async (alias) => [alias, await open(alias)] as const));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const byAlias = Object.fromEntries(opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  const each = <T>(choose: (one: { url: string; pool: Pool }) => T): Record<Alias, T> =>
    Object.fromEntries(Object.entries(byAlias).map(([alias, one]) => [alias, choose(one)])) as Record<Alias, T>;
  return { urls: each(({ url }) => url), pools: each(({ pool }) => pool), close };
}
