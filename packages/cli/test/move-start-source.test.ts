import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, type StoredKey } from '@switchyard/session-backends';
import { foreignTableStore } from '@switchyard/session-backends/foreign';
import { drainAll, foreignSide, pgMoveDatabase } from '@switchyard/session-move';
import { postgresSite } from '@switchyard/session-backends/fence';
import { runSwitchyard, startSwitchyard, type Ran } from './support/run-switchyard.ts';

/** A session of connect-pg-simple that was written in UTC and says so. */
const ROW = (sid: string): string => `insert into session values ('${sid}',
  json_build_object('cookie', json_build_object('expires', '2099-01-01T12:00:00.000Z'), 'secret', 1), '2099-01-01 12:00:00')`;

const FROM = 'start --from connect-pg-simple --time-zone UTC';

jest.setTimeout(120_000);

describe('npx switchyard move start, from the table of another library', () => {
  let databases: TestDatabases;
  const roles: string[] = [];
  beforeEach(async () => {
    databases = await openTestDatabases();
    await databases.main.query(`drop schema public cascade; create schema public;
      create table session (sid varchar not null primary key, sess json not null, expire timestamp(6) not null)`);
    await databases.main.query(ROW('first'));
  });
  afterEach(async () => {
    for (const role of roles.splice(0)) await databases.main.query(`drop owned by ${role} cascade; drop role ${role}`);
    await databases.close();
  });

  const run = (args: string, environment?: NodeJS.ProcessEnv): Promise<Ran> =>
    runSwitchyard(databases, ['move', ...args.split(' ')], environment);
  const isReady = async (): Promise<boolean> =>
    (await databases.main.query(`select to_regnamespace('switchyard') is not null as ready`)).rows[0]?.ready === true;

  /** A user who may do only what is granted: the name, and the environment that makes the command that user's. */
  const addRole = async (
    grants: (role: string) => string,
  ): Promise<{ readonly role: string; readonly environment: NodeJS.ProcessEnv }> => {
    const role = `limited_${process.pid}_${roles.length}`;
    await databases.main.query(`create role ${role} login password 'limited'`);
    roles.push(role);
    await databases.main.query(`grant usage on schema public to ${role}; ${grants(role)}`);
    const url = new URL(databases.urls.main);
    url.username = role;
    url.password = 'limited';
    return { role, environment: { MAIN_DATABASE_URL: url.href } };
  };
  const mayCreate = (role: string): string =>
    `grant create on database "${new URL(databases.urls.main).pathname.slice(1)}" to ${role}`;

  it('says what it would do and what the move is without; then does it, and the move goes on as any other', async () => {
    const dry = await run(`${FROM} --dry-run`);
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^start from connect-pg-simple: tier A\n[^]*start would succeed\n$/),
    });
    for (const part of [
      'expire 2099-01-01 12:00:00 is read as 2099-01-01T12:00:00.000Z; that session says of itself 2099-01-01T12:00:00.000Z',
      'the library’s reads are not fenced',
      'create trigger switchyard_written after insert or update or delete on "public"."session"',
    ])
      expect(dry.stdout).toContain(part);
    expect(dry.stdout).not.toContain('secret');
    expect(await isReady()).toBe(false);

    expect(await run(FROM)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^started/),
      stderr: expect.stringMatching(/^an example: expire 2099-01-01 12:00:00 is read as/),
    });
    expect(await run(FROM)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^started/), stderr: '' });
    await databases.main.query(ROW('meanwhile'));
    expect(await run('backfill --wait')).toMatchObject({ code: 2, stderr: expect.stringContaining('without --wait') });
    // Nobody has to be told again whose table it is.
    const worker = startSwitchyard(databases, ['move', 'worker']);
    await worker.said('all buckets are covered');
    worker.interrupt();
    await worker.ended;
    expect(await run('verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('compared 2 rows') });
    expect(await run('switch --percent 100')).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/✗ no process writes by the library any more: 1, switchyard.* among them/),
    });
    await databases.main.query('alter table session disable trigger switchyard_written');
    expect(await run('switch --percent 100 --library-silence 0')).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('✗ triggers of the old table: switchyard_written missing, or switched off'),
    });
    await databases.main.query('alter table session enable trigger switchyard_written');
    expect(await run('switch --percent 100 --library-silence 0')).toMatchObject({ code: 0 });
    await expect(databases.main.query(ROW('late'))).rejects.toMatchObject({ code: 'SY003' });
    expect(await run('rollback')).toMatchObject({ code: 0 });
    await databases.main.query(ROW('back'));
    expect(await run('explain meanwhile')).toMatchObject({ code: 0, stdout: expect.stringContaining('found') });
    expect(await run('switch --percent 100 --max-lag-ms 600000 --library-silence 0')).toMatchObject({ code: 0 });
    const complete = await run('complete --dry-run');
    expect(complete).toMatchObject({ code: 0, stdout: expect.stringContaining('is emptied for good') });
    expect(complete.stdout).not.toContain('_flag');
    expect(await run('complete --drop')).toMatchObject({ code: 0, stdout: expect.stringContaining('dropping') });
    expect(await run('complete --drop')).toMatchObject({ code: 0 });
    expect(await run('status')).toMatchObject({ code: 0, stdout: expect.stringContaining('complete 256') });
    const { rows } = await databases.main.query(`select to_regclass('public.session') as there`);
    expect(rows).toEqual([{ there: null }]);
    expect((await databases.sessions.query('select from session')).rowCount).toBe(3);
  });

  it('writes a Prisma migration instead, and goes on where that has been applied', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'switchyard-migration-'));
    expect(await run(`${FROM} --write-migration ${folder}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('give switchyard move start again'),
    });
    expect(await isReady()).toBe(false);
    const [name] = await readdir(folder);
    await databases.main.query(await readFile(path.join(folder, String(name), 'migration.sql'), 'utf8'));
    await rm(folder, { recursive: true });
    expect(await run(FROM)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^started/) });
  });

  it('names the tier of a user who may too little, says why and changes nothing', async () => {
    const without = await addRole((role) => `grant select on session to ${role}; ${mayCreate(role)}`);
    const nothing = await addRole((role) => `grant select on session to ${role}`);
    const owner = await addRole((role) => `alter table session owner to ${role}`);
    for (const [{ environment }, reason] of [
      [without, /tier B: no triggers on public\.session/],
      [owner, /tier C: the table is this user’s own[^]*sessions import/],
      [nothing, /neither triggers nor a schema/],
    ] as const) {
      const dry = await run(`${FROM} --dry-run`, environment);
      expect(dry).toMatchObject({ code: 2, stdout: expect.stringMatching(reason) });
      expect(dry.stdout).toContain('create trigger switchyard_written');
    }
    expect(await run(FROM, nothing.environment)).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(
        /^start from connect-pg-simple is refused; nothing was changed\n {2}✗ this user may write[^]*✗ rights/,
      ),
    });
    expect(await isReady()).toBe(false);
  });

  it('needs no more than its rights, and others write with theirs, through the library and through us', async () => {
    const writes = (role: string): string => `grant select, insert, update, delete on session to ${role}`;
    const mover = await addRole((role) => `${writes(role)}; grant trigger on session to ${role}; ${mayCreate(role)}`);
    const shop = await addRole(writes);
    expect(await run(FROM, mover.environment)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^started/) });
    expect(await run('backfill', mover.environment)).toMatchObject({ code: 0 });
    expect(await run('complete --dry-run', mover.environment)).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('✗ old table may be emptied: not by this user'),
    });
    await databases.main.query(`begin; set local role ${shop.role}; ${ROW('other')};
      select switchyard.session_write('{create}', '{ours}', '{0}', '{1}', '{null}', '{2099-01-01}', '{"{}"}', '{null}', '{null}', '{1}', '{t}', '{null}', false, true);
      commit`);
    const { rows } = await databases.main.query('select session_key from switchyard.session_outbox order by 1');
    expect(rows).toEqual([{ session_key: 'other' }, { session_key: 'ours' }]);
  });

  it('lets sessions be listed, revoked and purged meanwhile', async () => {
    expect(await run(FROM)).toMatchObject({ code: 0 });
    const store = foreignTableStore({ old: pgExecutor(databases.main), new: pgExecutor(databases.sessions) });
    const create = (key: string, expiresAt: Date) =>
      store.apply([
        { kind: 'create', key: key as StoredKey, data: '{"cookie":{}}', expiresAt, userId: 'ada', fresh: false },
      ]);
    await create('Phone_-1', new Date('2099-01-01T00:00:00Z'));
    await create('expired', new Date('2020-01-01T00:00:00Z'));
    const sessions = (args: string): Promise<Ran> => runSwitchyard(databases, ['sessions', ...args.split(' ')]);
    const listed = await sessions('list --user ada');
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/\?\s+2099-01-01T00:00:00Z\s+1 {2}main/) });
    expect(listed.stdout).not.toContain('Phone');
    expect(await sessions('revoke --user ada')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 session revoked'),
    });
    expect((await databases.main.query(`select from session where sid = 'Phone_-1'`)).rowCount).toBe(0);
    expect(await run('backfill')).toMatchObject({ code: 0 });
    await drainAll({
      old: foreignSide({ pool: databases.main, table: 'public.session' }),
      new: {
        database: pgMoveDatabase(databases.sessions),
        site: postgresSite({ name: 'new', executor: pgExecutor(databases.sessions) }),
      },
    });
    expect(await sessions('purge')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^main: 1 row deleted$/m) });
    expect((await databases.main.query(`select sid from session`)).rows).toEqual([{ sid: 'first' }]);
  });

  it('takes the source from switchyard.config, and says what is wrong with it', async () => {
    const project = await mkdtemp(path.join(tmpdir(), 'switchyard-project-'));
    for (const alias of ['main', 'sessions']) {
      await mkdir(path.join(project, 'prisma', alias), { recursive: true });
      await writeFile(path.join(project, 'prisma', alias, 'schema.prisma'), '');
    }
    const startIn = async (source: string): Promise<Ran> => {
      await writeFile(path.join(project, 'switchyard.config.mjs'), `export const source = ${source};`);
      return startSwitchyard(databases, ['move', 'start', '--dry-run'], {}, project).ended;
    };
    expect(await startIn(`{ kind: 'connect-pg-simple', timeZone: 'UTC', sideSchema: 'move' }`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('create schema "move"'),
    });
    expect(await startIn(`{ kind: 'connect-mongo' }`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('exports a source that is none'),
    });
    await rm(project, { recursive: true });
  });
});
