import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const BIN = path.resolve('packages/cli/bin/switchyard.mjs');

// Each call is a process of its own, and there are several in a test.
jest.setTimeout(120_000);

describe('npx switchyard', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ran> =>
    new Promise((resolve) => {
      const env = {
        ...process.env,
        MAIN_DATABASE_URL: databases.urls.main,
        SESSIONS_DATABASE_URL: databases.urls.sessions,
        ...environment,
      };
      execFile(process.execPath, [BIN, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr }),
      );
    });

  /** As before the first migration. */
  const empty = async (): Promise<void> => {
    await databases.sessions.query('drop schema public cascade; create schema public');
  };

  it('lists one migration for the sessions, applies it, and lists it as applied', async () => {
    await empty();
    const list = ['migrate', 'sessions', '--database', 'sessions', '--list'];
    expect(await run(list)).toMatchObject({ code: 0, stdout: 'sessions\n [ ] 20260101000000_init\n' });
    expect(await run(['migrate', 'sessions', '--database', 'sessions'])).toMatchObject({
      code: 0,
      stdout: 'sessions: applied 20260101000000_init\n',
    });
    expect(await run(list)).toMatchObject({ code: 0, stdout: 'sessions\n [X] 20260101000000_init\n' });
    expect(await run(['migrate', 'sessions', '--database', 'sessions'])).toMatchObject({
      code: 0,
      stdout: 'sessions: nothing to apply\n',
    });
    const { rows } = await databases.sessions.query(
      'select migration_name, finished_at is not null as finished from _prisma_migrations',
    );
    expect(rows).toEqual([{ migration_name: '20260101000000_init', finished: true }]);
  });

  it('applies a migration once when two run at the same time', async () => {
    await empty();
    const results = await Promise.all(
      [1, 2].map(() => run(['migrate', 'sessions', '--database', 'sessions', '--json'])),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.flatMap(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied)).toEqual([
      '20260101000000_init',
    ]);
  });

  it('leaves nothing of a migration that fails, and says how to go on', async () => {
    await empty();
    await databases.sessions.query(`create function session_refuse_delete() returns int language sql as 'select 1'`);
    const failed = await run(['migrate', 'sessions', '--database', 'sessions']);
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('[MIGRATION_FAILED]') });
    expect(failed.stderr).toContain('session_refuse_delete');
    expect(failed.stderr).not.toContain('    at ');
    const { rows } = await databases.sessions.query(`select to_regclass('session') as session`);
    expect(rows).toEqual([{ session: null }]);
    expect(await run(['migrate', 'sessions', '--database', 'sessions', '--list'])).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('[!] 20260101000000_init'),
    });
    await empty();
    await run(['migrate', 'sessions', '--database', 'sessions']);
  });

  it('names a migration that was edited after it had been applied', async () => {
    await databases.main.query(`update _prisma_migrations set checksum = 'other'`);
    expect(await run(['migrate', 'main', '--database', 'main', '--list', '--json'])).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('"state":"edited"'),
    });
  });

  it('shows and sets the flags', async () => {
    expect(await run(['flags', 'migration_flag', 'on', '--json'])).toMatchObject({
      code: 0,
      stdout: '{"migration_flag":true,"new_db_router_flag":false}\n',
    });
    expect(await run(['flags'])).toMatchObject({ code: 0, stdout: 'on  migration_flag\noff new_db_router_flag\n' });
  });

  it('is not troubled by a reader who has gone', async () => {
    const child = spawn(process.execPath, [BIN, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, stderr]).toEqual([0, '']);
  });

  it.each([
    ['an unknown database', ['migrate', 'sessions', '--database', 'nope'], {}, 'ALIAS_UNKNOWN'],
    ['the migrations of another database', ['migrate', 'sessions', '--database', 'main'], {}, 'MIGRATION_NOT_ALLOWED'],
    ['an unknown flag', ['flags', 'nope', 'on'], {}, 'The flags are: migration_flag, new_db_router_flag'],
    ['a flag that is neither on nor off', ['flags', 'migration_flag', 'maybe'], {}, 'Say "on" or "off"'],
    ['an unknown command', ['mograte'], {}, "unknown command 'mograte'"],
    ['a missing option', ['migrate', 'sessions'], {}, '--database'],
    ['an URL that is none', ['flags'], { MAIN_DATABASE_URL: 'nonsense:secret' }, 'URL_INVALID'],
    [
      'a server that does not answer',
      ['flags'],
      { MAIN_DATABASE_URL: 'postgres://u:secret@127.0.0.1:9/x' },
      'SERVER_UNREACHABLE',
    ],
  ] as const)('refuses %s in words, with exit code 2', async (_, args, environment, words) => {
    const { code, stderr, stdout } = await run(args, environment);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('secret');
    expect(stderr).not.toContain('    at ');
  });
});
