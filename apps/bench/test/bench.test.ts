import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

/** Matches a number above 0. */
const positive: unknown = {
  asymmetricMatch: (value: unknown) => typeof value === 'number' && value > 0,
  toString: () => 'positive',
};
const main = path.join(__dirname, '../src/main.ts');
const server = process.env['SWITCHYARD_TEST_MAIN_SERVER'] ?? '';

const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--conditions=@switchyard/source', '--import', 'tsx', main, ...args], {
    env: { ...process.env, MAIN_DATABASE_URL: server },
  });

describe('the bench', () => {
  it('measures what it was asked to, as JSON, and leaves nothing behind', async () => {
    const only = ['--only', 'load,switchyard,connect-pg-simple'];
    const running = bench(...only, '--seconds', '0.1', '--rounds', '1', '--sessions', '64', '--json');
    const { stdout } = await running;
    const { machine, cases, ratios } = JSON.parse(stdout) as Record<string, unknown[]>;
    expect(machine).toMatchObject({ cores: expect.any(Number), servers: [expect.stringContaining('PostgreSQL')] });
    const measured = (subject: string, callers: number) =>
      expect.objectContaining({
        case: 'load',
        subject,
        callers,
        opsPerSecond: positive,
        p50Ms: positive,
        p99Ms: positive,
        cpuMicros: positive,
      });
    expect(cases).toEqual([
      measured('switchyard', 1),
      measured('connect-pg-simple', 1),
      measured('switchyard', 64),
      measured('connect-pg-simple', 64),
    ]);
    expect(ratios?.[0]).toMatchObject({ what: 'load vs connect-pg-simple get', callers: 64, seen: positive });

    const client = new pg.Client({ connectionString: server });
    await client.connect();
    const { rows } = await client.query('select datname from pg_database where datname like $1', [
      `switchyard_bench_${running.child.pid}_%`,
    ]);
    await client.end();
    expect(rows).toEqual([]);
  });

  it('says what is wrong with its options, and measures nothing', async () => {
    await expect(bench('--only', 'laod')).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('laod'),
    });
  });

  it('explains itself', async () => {
    expect((await bench('--help')).stdout).toContain('--only');
  });
});
