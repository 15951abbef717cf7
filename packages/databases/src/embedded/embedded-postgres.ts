import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { DatabaseError } from '../database-error.ts';
import { findProjectFolder } from '../project-folder.ts';
import { findBinaries } from './binaries.ts';
import {
  clearStaleLock,
  isInitialised,
  makeOwned,
  passwordFile,
  portOf,
  postmasterOf,
  readPassword,
} from './data-folder.ts';
import { freePort } from './free-port.ts';
import { reachableBinaries, reachableData, unprivilegedUser, type Unprivileged } from './unprivileged.ts';

export interface EmbeddedOptions {
  /** Where the server keeps its data. Made if missing. */
  readonly folder: string;
  /** The database that `url` names; created if missing. */
  readonly database: string;
  /** Tried first; any free port otherwise. */
  readonly port?: number;
  /** Settings on the server's command line, e.g. `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The project whose node_modules has the programs. Default: found from the working directory. */
  readonly project?: string;
  /** Told what is worth telling an operator. */
  readonly announce?: (message: string) => void;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The postmaster's process id: to be stopped, continued or killed by tests of faults. */
  pid(): number | undefined;
  /** Stops the server and waits for it; open connections are closed. */
  stop(): Promise<void>;
  /** Kills it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after `stop` or `kill`. */
  start(): Promise<void>;
}

const BASE_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  log_checkpoints: 'off',
};

// PostgreSQL ends with the process that started it, however that one ends: the shell holds a pipe to us and interrupts
// the server when it closes. In a process group of its own, so that Ctrl-C reaches us first and requests can finish.
const UNTIL_STDIN_CLOSES =
  'exec 3<&0; "$@" </dev/null & server=$!; { read -r _ <&3; kill -INT $server; } 2>/dev/null & watch=$!; wait $server; code=$?; kill $watch 2>/dev/null; exit $code';

function run(
  program: string,
  args: readonly string[],
  user: Unprivileged | undefined,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...user,
      env,
      cwd: path.parse(program).root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(errors.trim() || `exit ${code}`))));
  });
}

/**
 * Starts a real PostgreSQL server from the programs in node_modules, making its data folder first if need be.
 * @throws {DatabaseError} EMBEDDED_UNSUPPORTED, EMBEDDED_IN_USE (another run has the folder), EMBEDDED_FAILED
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const project = options.project ?? findProjectFolder();
  const announce = options.announce ?? ((): void => undefined);
  const user = unprivilegedUser();
  const native = reachableBinaries(await findBinaries(project), user);
  const folder = reachableData(path.resolve(options.folder), user);
  if (folder !== path.resolve(options.folder))
    announce(`running as root: the data of "${options.database}" is in ${folder}`);
  const env = { ...process.env, LC_ALL: 'C', PGTZ: 'UTC' };
  const program = (name: string): string => path.join(native, 'bin', name);

  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o755 });
  const holder = postmasterOf(folder);
  if (holder !== undefined)
    throw new DatabaseError(
      'EMBEDDED_IN_USE',
      `Another run is using ${folder} (process ${holder}). Stop it first, or set SWITCHYARD_DATA_DIR to a folder of its own.`,
    );
  if (clearStaleLock(folder))
    announce(`an earlier run of "${options.database}" was killed: its lock file was removed, its data is recovered`);
  const passwords = passwordFile(folder, user);
  if (!isInitialised(folder)) {
    // What a first start left behind when it was killed half-way holds no data yet.
    rmSync(folder, { recursive: true, force: true });
    makeOwned(folder, user);
    await run(
      program('initdb'),
      [
        '-D',
        folder,
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        `--pwfile=${passwords}`,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-instructions',
        ...(options.settings?.['fsync'] === 'off' ? ['--no-sync'] : []),
      ],
      user,
      env,
    ).catch((cause: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw new DatabaseError(
        'EMBEDDED_FAILED',
        `PostgreSQL could not make its data folder ${folder}. Is the disk full, or the folder not writable?`,
        { cause },
      );
    });
  }

  const port = await freePort(options.port);
  if (options.port !== undefined && port !== options.port)
    announce(`port ${options.port} is in use: "${options.database}" listens on ${port}`);
  const password = readPassword(passwords);
  const urlOf = (database: string): string => localUrl(password, port, database);
  const settings = Object.entries({ ...BASE_SETTINGS, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  let child: ChildProcess | undefined;

  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const command = [program('postgres'), '-D', folder, '-p', String(port), ...settings];
      const started =
        process.platform === 'win32'
          ? spawn(command[0] as string, command.slice(1), { env, stdio: ['pipe', 'ignore', 'pipe'] })
          : spawn('/bin/sh', ['-c', UNTIL_STDIN_CLOSES, 'sh', ...command], {
              ...user,
              env,
              cwd: '/',
              detached: true,
              stdio: ['pipe', 'ignore', 'pipe'],
            });
      child = started;
      let log = '';
      const onLog = (chunk: Buffer): void => {
        log = (log + chunk.toString()).slice(-4_000);
        if (log.includes('ready to accept connections')) resolve();
      };
      started.stderr?.on('data', onLog);
      started.on('error', reject);
      started.on('close', () => {
        if (child === started) child = undefined;
        reject(
          new DatabaseError(
            'EMBEDDED_FAILED',
            `PostgreSQL for "${options.database}" ended at its start. Its last words: ${lastLine(log)}`,
          ),
        );
      });
      started.unref();
    });

  const ended = (): Promise<void> =>
    new Promise((resolve) => {
      if (child === undefined) return resolve();
      child.ref();
      child.once('close', () => resolve());
    });

  const server: EmbeddedPostgres = {
    url: urlOf(options.database),
    port,
    folder,
    pid: () => postmasterOf(folder),
    start,
    stop: async () => {
      const done = ended();
      child?.stdin?.end();
      await done;
    },
    kill: async () => {
      const done = ended();
      const pid = postmasterOf(folder);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await done;
    },
  };
  await start();
  await createDatabase(urlOf('postgres'), options.database);
  return server;
}

/** The URL of a server that another process runs on this folder; `undefined` when none does. */
export function runningEmbeddedUrl(folder: string, database: string): string | undefined {
  const data = reachableData(path.resolve(folder), unprivilegedUser());
  if (postmasterOf(data) === undefined) return undefined;
  return localUrl(readPassword(`${data}.password`), portOf(data), database);
}

const localUrl = (password: string, port: number, database: string): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;

const lastLine = (log: string): string => log.trim().split('\n').at(-1) ?? '';

async function createDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
