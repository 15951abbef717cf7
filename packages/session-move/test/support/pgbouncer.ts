import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { freePort, makeTemporaryFolder } from '@switchyard/databases';
import pg from 'pg';
import { until } from './until.ts';

export interface PgBouncer {
  /** The same database, through PgBouncer. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** The program, if this machine has it. Debian puts it where only root's PATH looks. */
export const findPgBouncer = (): string | undefined =>
  [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin']
    .map((folder) => path.join(folder, 'pgbouncer'))
    .find((file) => existsSync(file));

/** In transaction mode, with so many connections to each database; clients may be many more. */
export async function startPgBouncer(program: string, server: string, connections: number): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password } = new URL(server);
  const port = await freePort();
  const folder = makeTemporaryFolder('switchyard-pgbouncer-');
  const file = path.join(folder, 'pgbouncer.ini');
  const target = `host=${hostname} port=${serverPort || '5432'} user=${username}${password && ` password=${password}`}`;
  writeFileSync(
    file,
    `[databases]
* = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${connections}
ignore_startup_parameters = extra_float_digits, statement_timeout
`,
    { mode: 0o600 },
  );
  const user = unprivileged();
  if (user !== undefined) chownSync(file, user.uid, user.gid);
  const child = spawn(program, [file], { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  const end = (): void => void child.kill('SIGINT');
  process.once('exit', end);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));

  const through = (url: string): string => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href;
  const stop = async (): Promise<void> => {
    process.off('exit', end);
    end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('PgBouncer answers', () => {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended at its start: ${log}`);
      return answers(through(server));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { through, stop };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PgBouncer refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
