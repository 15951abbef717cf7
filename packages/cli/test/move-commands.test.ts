import { setTimeout as sleep } from 'node:timers/promises';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { drawSessionKey, encodeKey, pgExecutor, type SessionStore, type StoredKey } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { runSwitchyard, startSwitchyard, type Ran } from './support/run-switchyard.ts';

const HOUR_MS = 3_600_000;

// Each command is a process of its own, and a move takes a dozen.
jest.setTimeout(180_000);

describe('npx switchyard move', () => {
  let databases: TestDatabases;
  let store: SessionStore;
  beforeEach(async () => {
    databases = await openTestDatabases();
    store = fencedStore({
      sites: [
        postgresSite({ name: 'old', executor: pgExecutor(databases.main) }),
        postgresSite({ name: 'new', executor: pgExecutor(databases.sessions) }),
      ],
    });
  });
  afterEach(() => databases.close());

  const run = (args: string, environment?: NodeJS.ProcessEnv): Promise<Ran> =>
    runSwitchyard(databases, ['move', ...args.split(' ')], environment);
  const json = async <T>(args: string): Promise<T> => JSON.parse((await run(`${args} --json`)).stdout) as T;

  const create = async (count: number): Promise<StoredKey[]> => {
    const keys = Array.from({ length: count }, () => encodeKey(drawSessionKey()));
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const results = await store.apply(
      keys.map((key) => ({ kind: 'create', key, data: '{"secret":1}', expiresAt, userId: null, fresh: true })),
    );
    expect(results.every(({ status }) => status === 'ok')).toBe(true);
    return keys;
  };
  const found = async (keys: readonly StoredKey[]): Promise<number> =>
    (await store.load(keys)).filter(({ status }) => status === 'found').length;

  it('moves the sessions from the start to the end, and tells of it in words and in JSON', async () => {
    const keys = await create(50);
    expect(await run('switch --percent 10')).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^switch is refused; nothing was changed\n {2}✗ state of the move: 256 off/),
    });
    expect(await run('start --dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('start would succeed'),
    });
    expect((await json<{ phases: object }>('status')).phases).toEqual({ off: 256 });

    expect(await run('start')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^started/) });
    expect(await run('backfill --rate 500 --dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('at most 500 rows a second'),
    });
    expect(await run('backfill')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^50 rows copied, all buckets/),
    });
    expect(await json('verify')).toMatchObject({ clean: true, rows: { old: 50, new: 50 } });
    expect(await run('switch --percent 100 --max-lag 5000')).toMatchObject({
      code: 0,
      stdout: 'switch done: everything is across\n',
    });
    expect(await found(keys)).toBe(50);
    const explained = await run(`explain ${keys[0]?.slice(0, 8)}`);
    expect(explained).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a load answers: found, from the new database'),
    });
    expect(await run('status')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('100 % moved (256 of 256 buckets)'),
    });
    expect(await json('complete --drop')).toMatchObject({ done: true, dropped: true });
    expect(await found(keys)).toBe(50);
    const log = await json<{ action: string; detail: object }[]>('log');
    expect(log.find(({ action }) => action === 'switch done')?.detail).toMatchObject({
      limits: { maxLagEntries: 5_000 },
    });
    expect(log.map(({ action }) => action).slice(0, 2)).toEqual(['complete done', 'complete begun']);
    const everything = explained.stdout + JSON.stringify(log);
    expect(everything).not.toContain('secret');
    for (const key of keys) expect(everything).not.toContain(key);
  });

  it('can be killed at any moment, and every verb given again', async () => {
    const keys = await create(300);
    const worker = startSwitchyard(databases, ['move', 'worker']);
    for (const verb of [
      'start',
      'backfill',
      'verify',
      'switch --percent 60',
      'rollback',
      'switch --percent 100',
      'complete',
    ]) {
      const killed = startSwitchyard(databases, ['move', ...verb.split(' ')]);
      await sleep(500 + Math.random() * 700);
      killed.kill();
      await killed.ended;
      keys.push(...(await create(10)));
      expect({ verb, ...(await run(verb)) }).toEqual({ verb, code: 0, stdout: expect.anything(), stderr: '' });
      expect(await found(keys)).toBe(keys.length);
    }
    expect((await json<{ phases: object }>('status')).phases).toEqual({ complete: 256 });
    worker.interrupt();
    expect(await worker.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('leading (term 1)') });
  });

  it('tells where the move is when a database is away, and changes nothing', async () => {
    await run('start');
    const away = { SESSIONS_DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nowhere' };
    const status = await run('status', away);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining('new       no (ECONNREFUSED)') });
    const refused = await run('rollback', away);
    expect(refused).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('✗ new database answers: no (ECONNREFUSED)'),
    });
    expect(JSON.stringify([status, refused])).not.toContain('secret@');
  });

  it.each([
    ['switch', /required option '--percent <share>'/],
    ['switch --percent 101', /a number from 0 to 100/],
    ['switch --percent', /argument missing/],
    ['switch --percent NaN', /a number from 0 to 100/],
    ['verify --sample 0', /more than 0 %/],
    ['backfill --rate -5', /a positive number/],
    ['backfill --wait --rate 5', /--wait copies nothing/],
    ['verify --repair-rogue', /--repair-rogue goes with --repair only/],
    ['switch --percent 5 --library-silence -1', /a number from 0 on/],
    ['complete --max-lag 0', /option '--max-lag <changes>' argument '0' is invalid. It has to be a positive number/],
    ['explain', /missing required argument/],
    ['explain ../../etc', /first 8 characters/],
    ['fly', /unknown command/],
  ])('says what is wrong with "%s"', async (args, message) => {
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});
