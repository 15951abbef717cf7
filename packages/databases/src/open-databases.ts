import path from 'node:path';
import { ALIASES, urlVariable, type Alias } from './aliases.ts';
import { runningEmbeddedUrl, startEmbeddedPostgres, type EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { checkConnection, checkUrl } from './pool.ts';
import { findProjectFolder } from './project-folder.ts';

export interface OpenDatabasesOptions {
  /** Default is all. */
  readonly aliases?: readonly Alias[];
  readonly project?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Use an embedded server that another process is running, instead of refusing. Default is false. */
  readonly attach?: boolean;
  /** What becomes of a database that the environment names and that does not answer. Default is "refuse". */
  readonly unreachable?: 'refuse' | 'allow';
  readonly announce?: (message: string) => void;
}

export interface OpenDatabases {
  readonly urls: Readonly<Record<Alias, string>>;
  /** The aliases that are served by embedded servers of ours. */
  readonly embedded: ReadonlyMap<Alias, EmbeddedPostgres>;
  /** Stops the servers that were started here. */
  close(): Promise<void>;
}

/** Tried first, so that the address stays the same from one start to the next. */
const PREFERRED_PORTS: Readonly<Record<Alias, number>> = { main: 54330, sessions: 54331 };

export const dataFolder = (project: string, environment: NodeJS.ProcessEnv): string =>
  path.resolve(project, environment['SWITCHYARD_DATA_DIR'] || '.data');

/**
 * The databases that the environment names (`MAIN_DATABASE_URL`, `SESSIONS_DATABASE_URL`), each tried once; and an
 * embedded server for each that it does not name.
 * @throws {DatabaseError} what to do about it
 */
export async function openDatabases(options: OpenDatabasesOptions = {}): Promise<OpenDatabases> {
  const { aliases = ALIASES, environment = process.env, attach = false, announce = (): void => undefined } = options;
  const { unreachable = 'refuse' } = options;
  const project = options.project ?? findProjectFolder();
  const folder = dataFolder(project, environment);
  const embedded = new Map<Alias, EmbeddedPostgres>();

  const open = async (alias: Alias): Promise<string> => {
    const given = environment[urlVariable(alias)];
    if (given !== undefined && given !== '') {
      if (unreachable === 'allow') checkUrl(alias, given);
      else await checkConnection(alias, given);
      return given;
    }
    const data = path.join(folder, alias);
    const running = attach ? runningEmbeddedUrl(data, alias) : undefined;
    if (running !== undefined) return running;
    const server = await startEmbeddedPostgres({
      project,
      folder: data,
      database: alias,
      port: PREFERRED_PORTS[alias],
      announce,
    });
    embedded.set(alias, server);
    return server.url;
  };

  const close = async (): Promise<void> => {
    await Promise.all([...embedded.values()].map((server) => server.stop()));
  };

  const opened = await Promise.allSettled(aliases.map(async (alias) => [alias, await open(alias)] as const));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const urls = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { urls: Object.fromEntries(urls) as Record<Alias, string>, embedded, close };
}
