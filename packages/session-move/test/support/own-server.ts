import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  createPool,
  findProjectFolder,
  makeTemporaryFolder,
  prismaFolder,
  startEmbeddedPostgres,
  type Alias,
} from '@switchyard/databases';

export interface OwnServer {
  /** Its one database, with the tables of `main` or `sessions`. */
  readonly url: string;
  /** As a power cut would. */
  kill(): Promise<void>;
  /** After `kill`. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL server for one test file, with settings of its own. Takes about 2 s. */
export async function startOwnServer(
  settings: Readonly<Record<string, string>>,
  alias: Alias = 'main',
): Promise<OwnServer> {
  const folder = makeTemporaryFolder('switchyard-own-');
  const server = await startEmbeddedPostgres({ folder: path.join(folder, 'data'), database: 'shop', settings });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const pool = createPool(server.url);
  try {
    for (const script of await migrations(alias)) await pool.query(script);
    return { url: server.url, kill: server.kill, start: server.start, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await pool.end();
  }
}

async function migrations(alias: Alias): Promise<string[]> {
  const folder = path.join(prismaFolder(findProjectFolder(), alias), 'migrations');
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const names = entries.map(({ name }) => name).sort();
  return Promise.all(names.map((name) => readFile(path.join(folder, name, 'migration.sql'), 'utf8')));
}
