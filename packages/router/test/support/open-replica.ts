import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, chownSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort, startEmbeddedPostgres } from '@switchyard/databases';
import pg from 'pg';

export interface ReplicatedServers {
  readonly primaryUrl: string;
  readonly replicaUrl: string;
  /** Ends the replica as a power cut would. */
  killReplica(): Promise<void>;
  /** Starts it again, on what it had; resolves when it answers. */
  restartReplica(): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL server and another that replays its log: made from a copy of its folder, as a backup would be. */
export async function openReplica(database: string): Promise<ReplicatedServers> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'switchyard-replica-'));
  const primary = await startEmbeddedPostgres({
    folder: path.join(folder, 'primary'),
    database,
    settings: { fsync: 'off' },
  });
  const [bin] = await ask(primary.url, "select setting as answer from pg_config where name = 'BINDIR'");
  const [maxConnections] = await ask(primary.url, "select current_setting('max_connections') as answer");
  await primary.stop();
  const copy = `${primary.folder}-replica`;
  copyFolder(primary.folder, copy);
  await primary.start();
  const port = await freePort();
  const replicaUrl = primary.url.replace(`:${primary.port}/`, `:${port}/`);
  const start = async (): Promise<ChildProcess> => {
    const settings = { primary_conninfo: primary.url, max_connections: String(maxConnections) };
    const started = startStandby(String(bin), copy, port, settings);
    await untilAnswers(replicaUrl);
    return started;
  };
  let replica = await start();
  return {
    primaryUrl: primary.url,
    replicaUrl,
    killReplica: () => stopProcess(replica, 'SIGKILL'),
    restartReplica: async () => {
      rmSync(path.join(copy, 'postmaster.pid'), { force: true });
      replica = await start();
    },
    stop: async () => {
      await stopProcess(replica, 'SIGINT');
      await primary.stop();
      for (const each of [folder, primary.folder, `${primary.folder}.password`, copy])
        rmSync(each, { recursive: true, force: true });
    },
  };
}

/** One column, `answer`, of every row. */
export async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows.map(({ answer }) => answer);
  } finally {
    await client.end();
  }
}

function copyFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true, mode: 0 });
  writeFileSync(path.join(to, 'standby.signal'), '');
  const { uid, gid } = statSync(from);
  const own = (at: string): void => {
    chownSync(at, uid, gid);
    if (lstatSync(at).isDirectory()) for (const name of readdirSync(at)) own(path.join(at, name));
  };
  own(to);
}

/** A standby has to allow as many connections as its primary. */
function startStandby(
  bin: string,
  folder: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): ChildProcess {
  const { uid, gid } = statSync(folder);
  const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off' };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const user = process.getuid?.() === 0 ? { uid, gid } : {};
  return spawn(path.join(bin, 'postgres'), ['-D', folder, '-p', String(port), ...options], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ask(url, 'select 1 as answer');
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    }
  }
}

async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
