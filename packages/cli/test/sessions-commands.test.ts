import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  pgExecutor,
  postgresCacheRegister,
  twoDatabaseStore,
  type StoredKey,
  type TwoDatabaseStore,
} from '@switchyard/session-backends';
import { postgresSite } from '@switchyard/session-backends/fence';
import { runSwitchyard, startSwitchyard, type Ran } from './support/run-switchyard.ts';

const MOVE = '00000000-0000-0000-0000-00000000000a';
const HOUR_MS = 3_600_000;

describe('npx switchyard sessions', () => {
  let databases: TestDatabases;
  let store: TwoDatabaseStore;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(async () => {
    const fence =
      'update session_fence set move_id = null, epoch = 1, merge = false, capture = false, floor = 0, state';
    await databases.main.query(`${fence} = 'auth'`);
    await databases.sessions.query(`${fence} = 'idle'`);
    for (const pool of [databases.main, databases.sessions])
      await pool.query('truncate session, session_outbox, session_lease, session_audit');
    await databases.main.query('update feature_flag set enabled = false');
    store = openStore();
  });

  const run = (args: string, environment?: NodeJS.ProcessEnv): Promise<Ran> =>
    runSwitchyard(databases, ['sessions', ...args.split(' ')], environment);

  /** As a process of the shop. */
  const openStore = (flags = { migrationFlag: false, newDbRouterFlag: false }): TwoDatabaseStore =>
    twoDatabaseStore({
      site: (name, standalone) => {
        const pool = name === 'old' ? databases.main : databases.sessions;
        return postgresSite({ name, standalone, executor: pgExecutor(pool) });
      },
      flags: () => flags,
    });

  const create = async (
    userId: string | null,
    { key = encodeKey(drawSessionKey()), ageMs = 0, at = store } = {},
  ): Promise<StoredKey> => {
    const expiresAt = new Date(Date.now() + HOUR_MS - ageMs);
    const data = '{"secret":1}';
    const [result] = await at.apply([{ kind: 'create', key, data, expiresAt, userId, fresh: true }]);
    expect(result?.status).toBe('ok');
    return key;
  };
  const isLive = async (key: StoredKey, at = openStore()): Promise<boolean> =>
    (await at.load([key]))[0]?.status === 'found';

  /** Bucket 0 has not been switched, bucket 1 is in its merge. */
  const claim = async (): Promise<void> => {
    await databases.sessions.query('update session_fence set move_id = $1', [MOVE]);
    await databases.main.query('update session_fence set move_id = $1, capture = true', [MOVE]);
    await databases.sessions.query(
      `update session_fence set epoch = 2, state = 'auth', merge = true, capture = true where bucket = 1`,
    );
    await databases.main.query(`update session_fence set epoch = 2, state = 'gone' where bucket = 1`);
  };

  describe('purge', () => {
    const fillExpired = (count: number): Promise<unknown> =>
      databases.main.query(
        `insert into session (session_key, data, expires_at)
         select encode(sha256(n::text::bytea), 'hex'), '{}', now() - interval '2 hours' from generate_series(1, $1::int) n`,
        [count],
      );

    it('deletes what has expired in every database, and says what a move still needs', async () => {
      await create('ada', { ageMs: 2 * HOUR_MS, key: encodeKey(drawSessionKeyInBucket(0)) });
      await create('ada', { ageMs: 2 * HOUR_MS, key: encodeKey(drawSessionKeyInBucket(1)) });
      const live = await create('ada', { key: encodeKey(drawSessionKeyInBucket(0)) });
      await databases.sessions.query(
        `insert into session (session_key, data, expires_at) values ($1, '{}', now() - interval '3 hours')`,
        [encodeKey(drawSessionKeyInBucket(2))],
      );
      expect(await run('purge --dry-run')).toEqual({
        code: 0,
        stdout: 'main: 2 rows would be deleted\nsessions: 1 row would be deleted\n',
        stderr: '',
      });
      await claim();
      expect(await run('purge')).toMatchObject({
        code: 0,
        stdout:
          'main: 1 row deleted; 1 expired but kept for a move\nsessions: 0 rows deleted; 1 expired but kept for a move\n',
      });
      expect(await isLive(live)).toBe(true);
      const { rows } = await databases.main.query('select from session');
      expect(rows).toHaveLength(2);
    });

    it('stays at the databases that are named', async () => {
      await fillExpired(3);
      expect(JSON.parse((await run('purge --database sessions --json')).stdout)).toEqual({
        databases: [{ database: 'sessions', deleted: 0, kept: 0, done: true }],
      });
      expect(JSON.parse((await run('purge --dry-run --database main --database main --json')).stdout)).toEqual({
        databases: [{ database: 'main', disposable: 3, kept: 0 }],
      });
    });

    it('stops at Ctrl-C after the batch under way, and is taken up again', async () => {
      await fillExpired(120);
      const purge = startSwitchyard(databases, ['sessions', 'purge', '--batch', '50', '--pause', '3600000']);
      try {
        const left = async (): Promise<number | null> => (await databases.main.query('select from session')).rowCount;
        for (let tries = 0; tries < 500 && (await left()) !== 70; tries++) await sleep(20);
        purge.interrupt();
        expect(await purge.ended).toMatchObject({
          code: 0,
          stdout: 'main: 50 rows deleted; stopped, give the command again to go on\n',
          stderr: expect.stringContaining('Stopping after the step under way'),
        });
      } finally {
        purge.kill();
      }
      expect(await run('purge --batch 50 --pause 0 --rate 100000')).toMatchObject({
        code: 0,
        stdout: 'main: 70 rows deleted\nsessions: 0 rows deleted\n',
      });
    });

    it('tells at a terminal how it goes along', async () => {
      await fillExpired(30);
      const { stderr } = process;
      const before = Object.getOwnPropertyDescriptor(stderr, 'isTTY');
      Object.defineProperty(stderr, 'isTTY', { value: true, configurable: true });
      try {
        const ran = await run('purge --database main --batch 10 --pause 0');
        expect(ran.stderr).toMatch(/main: deleted 10 of about 30 rows, \d+ a second, .+ left/);
        expect(ran.stdout).toBe('main: 30 rows deleted\n');
      } finally {
        Object.defineProperty(stderr, 'isTTY', before ?? { value: undefined, configurable: true });
      }
    });

    it('finds out by itself when keys are stored as they are', async () => {
      const key = drawSessionKey();
      await databases.main.query(
        `insert into session (session_key, data, expires_at) values ($1, '{}', now() - interval '1 day')`,
        [key],
      );
      expect((await run('purge --key-encoding sha256')).stdout).toContain('main: 0 rows deleted; 1 expired');
      expect((await run('purge')).stdout).toContain('main: 1 row deleted\n');
    });
  });

  describe('list', () => {
    it('shows the live sessions of a user, without their keys and what is in them', async () => {
      const key = await create('ada');
      await create('eve');
      const other = await create('ada', { ageMs: HOUR_MS / 2 });
      await store.apply([{ kind: 'destroy', key: await create('ada') }]);
      const { code, stdout, stderr } = await run('list --user ada');
      expect([code, stderr]).toEqual([0, '']);
      const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';
      const line = (of: StoredKey): string => `${of.slice(0, 8)}  ${time}  ${time}      1  main\n`;
      expect(stdout).toMatch(new RegExp(`^session   created  +expires  +epoch  database\n${line(other)}${line(key)}$`));
      expect(stdout).not.toContain(key);
      expect(stdout).not.toContain('secret');
      expect((await run('list --user nobody')).stdout).toBe('no live sessions\n');
    });

    it('shows each of them once while a move is under way, and where it lies as it is now', async () => {
      const [here, there] = await Promise.all([0, 1].map((n) => create('ada', { key: inBucket(n) })));
      await claim();
      const born = await create('ada', { key: inBucket(1), at: openStore() });
      const { stdout } = await run('list --user ada --json');
      const { sessions } = JSON.parse(stdout) as { sessions: Record<string, unknown>[] };
      const seen = sessions.map(({ keyStart, epoch, databases }) => ({ keyStart, epoch, databases }));
      expect(seen).toHaveLength(3);
      expect(seen).toEqual(
        expect.arrayContaining([
          { keyStart: here?.slice(0, 8), epoch: 1, databases: ['main'] },
          { keyStart: there?.slice(0, 8), epoch: 1, databases: ['main'] },
          { keyStart: born.slice(0, 8), epoch: 2, databases: ['sessions'] },
        ]),
      );
    });

    const inBucket = (bucket: number): StoredKey => encodeKey(drawSessionKeyInBucket(bucket));
  });

  describe('revoke', () => {
    const audit = async (pool = databases.main): Promise<Record<string, unknown>[]> =>
      (await pool.query<Record<string, unknown>>('select actor, action, move_id, detail from session_audit')).rows;

    it('logs a user out everywhere, and says so in the log of both databases, not naming the user', async () => {
      const keys = [await create('ada@example.com'), await create('ada@example.com')];
      const other = await create('eve');
      expect(await run('revoke --user ada@example.com --dry-run')).toEqual({
        code: 0,
        stdout: '2 sessions would be revoked\n',
        stderr: '',
      });
      expect(await audit()).toEqual([]);
      const { code, stdout, stderr } = await run('revoke --user ada@example.com');
      expect([code, stdout]).toEqual([0, '2 sessions revoked\n']);
      expect(stderr).toContain('No shared cache is registered');
      expect(await Promise.all([...keys, other].map((key) => isLive(key)))).toEqual([false, false, true]);
      for (const pool of [databases.main, databases.sessions]) {
        const lines = await audit(pool);
        expect(lines).toEqual([
          {
            actor: expect.stringMatching(new RegExp(`^.+@${hostname()}$`)),
            action: 'sessions revoke',
            move_id: null,
            detail: { user: expect.stringMatching(/^[0-9a-f]{12}$/), count: 2 },
          },
        ]);
        expect(JSON.stringify(lines)).not.toContain('ada');
      }
    });

    it('does so on both sides of a move', async () => {
      const keys = [];
      for (const bucket of [0, 1]) keys.push(await create('ada', { key: encodeKey(drawSessionKeyInBucket(bucket)) }));
      await claim();
      keys.push(await create('ada', { key: encodeKey(drawSessionKeyInBucket(1)), at: openStore() }));
      expect(JSON.parse((await run('revoke --user ada --json')).stdout)).toEqual({ revoked: 3 });
      expect(await Promise.all(keys.map((key) => isLive(key)))).toEqual([false, false, false]);
      expect((await databases.sessions.query('select from session where data is null')).rowCount).toBe(2);
    });

    it('goes by the flags while no move has claimed the sessions', async () => {
      await databases.main.query(`update feature_flag set enabled = true where name = 'migration_flag'`);
      const flags = { migrationFlag: true, newDbRouterFlag: false };
      const key = await create('ada', { at: openStore(flags) });
      expect(await isLive(key, openStore({ ...flags, newDbRouterFlag: true }))).toBe(true);
      expect((await run('revoke --user ada')).stdout).toBe('1 session revoked\n');
      for (const newDbRouterFlag of [false, true])
        expect(await isLive(key, openStore({ ...flags, newDbRouterFlag }))).toBe(false);
    });

    it('begins a new generation of the caches that are registered, in each database', async () => {
      const registers = [databases.main, databases.sessions].map((pool) =>
        postgresCacheRegister({ executor: pgExecutor(pool) }),
      );
      const before: number[] = [];
      for (const register of registers) {
        const { generation } = await register.switchOff(0);
        before.push((await register.switchOn('redis-1', generation)).generation);
      }
      expect(await run('revoke --user ada')).toMatchObject({ code: 0, stdout: '0 sessions revoked\n', stderr: '' });
      const after = await Promise.all(registers.map((register) => register.read()));
      after.forEach((era, i) => expect(era?.generation).toBeGreaterThan(before[i] as number));
    });

    it('is not done, and says so, when the other database takes nothing', async () => {
      await databases.main.query(`update feature_flag set enabled = true where name = 'migration_flag'`);
      const key = await create('ada', { at: openStore({ migrationFlag: true, newDbRouterFlag: false }) });
      await databases.sessions.query('alter table session add constraint only_live check (data is not null) not valid');
      try {
        const { code, stdout, stderr } = await run('revoke --user ada');
        expect([code, stdout]).toEqual([2, '']);
        expect(stderr).toContain('[SESSION_UNAVAILABLE]');
        expect(stderr).not.toContain(key);
        expect(await audit()).toMatchObject([{ detail: { failed: 'SESSION_UNAVAILABLE' } }]);
      } finally {
        await databases.sessions.query('alter table session drop constraint only_live');
      }
      expect((await run('revoke --user ada')).stdout).toBe('1 session revoked\n');
    });
  });

  it.each([
    ['a database that there is none of', 'purge --database nope', {}, 'ALIAS_UNKNOWN'],
    ['batches of nothing', 'purge --batch 0', {}, "'--batch <rows>' argument '0' is invalid"],
    ['a pause that is no number', 'purge --pause soon', {}, '0 or more'],
    ['an encoding that there is none of', 'purge --key-encoding md5', {}, 'sha256, plain'],
    ['nobody’s sessions', 'list', {}, '--user'],
    ['a user without a name', 'revoke --user ', {}, 'It is empty'],
    [
      'a database that does not answer',
      'list --user ada',
      { SESSIONS_DATABASE_URL: 'postgres://u:hidden@127.0.0.1:9/x' },
      'SERVER_UNREACHABLE',
    ],
  ] as const)('refuses %s in words, with exit code 2', async (_, args, environment, words) => {
    const { code, stdout, stderr } = await run(args, environment);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('hidden');
    expect(stderr).not.toContain('    at ');
  });

  it('says what to do in a database without tables', async () => {
    const own = await openTestDatabases();
    try {
      await own.sessions.query('drop schema public cascade; create schema public');
      expect(await runSwitchyard(own, ['sessions', 'purge'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('NOT_MIGRATED'),
      });
    } finally {
      await own.close();
    }
  });
});
