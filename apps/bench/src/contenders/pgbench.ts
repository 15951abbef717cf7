import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { basketOf } from '../basket.ts';
import { BenchError } from '../bench-error.ts';
import type { Measurement, Task } from '../measurement.ts';
import { percentile } from '../statistics.ts';
import type { Contender } from './contender.ts';
import { runTimed } from './run-timed.ts';

export interface PgbenchSettings {
  /** With Switchyard's tables. */
  readonly postgresUrl: string;
  readonly sessions: number;
  readonly bytes: number;
  readonly connections: number;
}

const KEY = `lpad(:n::text, 64, '0')`;
const SCRIPTS: Readonly<Record<Task['operation'], string>> = {
  load: `select data, expires_at, version, user_id from session where session_key = ${KEY};`,
  save: `insert into session (session_key, data, expires_at, version) values (${KEY}, :data, '2100-01-01', 1099511627777)
  on conflict (session_key) do update set data = excluded.data, expires_at = excluded.expires_at, version = session.version + 1;`,
};
const FILL = `insert into session (session_key, data, expires_at)
  select lpad(n::text, 64, '0'), $1, '2100-01-01' from generate_series(0, $2::int - 1) n`;

/** What the server can do with one row in a statement: PostgreSQL's own bench, over our table. */
export async function pgbench({ postgresUrl, sessions, bytes, connections }: PgbenchSettings): Promise<Contender> {
  const data = JSON.stringify(basketOf(bytes));
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(FILL, [data, sessions]);
  await client.end();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'switchyard-pgbench-'));
  for (const [operation, statement] of Object.entries(SCRIPTS))
    await writeFile(
      path.join(folder, `${operation}.sql`),
      `\\set n random(0, ${sessions - 1})\n${script(statement)}\n`,
    );

  return {
    measure: async ({ operation, callers, seconds }) => {
      const args = ['-n', '-M', 'prepared', '-j', '1', '-T', String(Math.max(1, Math.round(seconds)))];
      const clients = ['-c', String(Math.min(callers, connections)), '-D', `data=${data}`];
      const log = ['--log', `--log-prefix=${path.join(folder, 'log')}`, '-f', path.join(folder, `${operation}.sql`)];
      const { stdout, cpuMicros } = await runTimed(
        'pgbench',
        [...args, ...clients, ...log],
        environmentOf(postgresUrl),
      );
      return toMeasurement(stdout, cpuMicros, await readLatencies(folder));
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A statement ends with its line unless that ends with a backslash, in the older versions. */
const script = (statement: string): string => statement.replaceAll('\n', ' ');

function environmentOf(postgresUrl: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname } = new URL(postgresUrl);
  return {
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
}

/** In milliseconds; the third column of the log, in microseconds. */
async function readLatencies(folder: string): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('log.'));
  const latencies: number[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    for (const line of (await readFile(file, 'utf8')).split('\n'))
      if (line !== '') latencies.push(Number(line.split(' ')[2]) / 1_000);
    await rm(file);
  }
  return latencies;
}

function toMeasurement(stdout: string, cpuMicros: number, latencies: readonly number[]): Measurement {
  const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (rate === undefined) throw new BenchError('TOOL_FAILED', `pgbench said nothing of its speed: ${stdout.trim()}`);
  return {
    opsPerSecond: Number(rate),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMicros: cpuMicros / latencies.length,
  };
}
