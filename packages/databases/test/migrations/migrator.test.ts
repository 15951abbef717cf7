import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { checkDatabases, createMigrator, createPool, type Alias, type Migrator } from '@switchyard/databases';
import { copyProject, openTestDatabases, type ProjectCopy, type TestDatabases } from '@switchyard/databases/testing';
import type { Pool } from 'pg';

const INIT = '20260101000000_init';
const ADDED = '20260201000000_add_note';

let project: ProjectCopy;
let databases: TestDatabases;
let sessions: Migrator;

beforeEach(async () => {
  project = copyProject();
  databases = await openTestDatabases();
  sessions = migrator('sessions');
});
afterEach(async () => {
  await databases.close();
  project.remove();
});

const migrator = (alias: Alias, onWait?: () => void): Migrator =>
  createMigrator(project.folder, alias, databases[alias], { ...(onWait && { onWait }) });

const column = async (pool: Pool, name: string): Promise<boolean> =>
  ((
    await pool.query(`select from information_schema.columns where table_name = 'session' and column_name = $1`, [name])
  ).rowCount ?? 0) > 0;

const recorded = async (): Promise<unknown[]> =>
  (
    await databases.sessions.query(
      `select migration_name, finished_at is not null as finished, rolled_back_at is not null as rolled_back
         from _prisma_migrations order by started_at`,
    )
  ).rows;

/** What Prisma's schema cannot say: hand-written in the first migration. */
const handWritten = async (pool: Pool): Promise<unknown> =>
  (
    await pool.query(
      `select (select array_agg(tgname::text order by tgname) from pg_trigger where not tgisinternal) as triggers,
              (select array_agg(conname::text order by conname) from pg_constraint where contype = 'c') as checks,
              (select reloptions from pg_class where oid = 'session'::regclass) as options,
              (select attgenerated::text from pg_attribute
                where attrelid = 'session'::regclass and attname = 'expires_hour') as generated`,
    )
  ).rows[0];

describe('a plan', () => {
  it('is what would be applied, with the SQL, and changes nothing', async () => {
    project.addMigration('sessions', ADDED, 'alter table session add column note text;');
    expect(await sessions.plan()).toEqual([
      expect.objectContaining({ name: ADDED, sql: 'alter table session add column note text;' }),
    ]);
    expect(await column(databases.sessions, 'note')).toBe(false);
    expect(await sessions.apply()).toEqual([ADDED]);
    expect(await sessions.plan()).toEqual([]);
  });

  it('is refused where applying it would be', async () => {
    project.addMigration('sessions', ADDED, 'select 1;');
    project.addMigration('sessions', INIT, 'select 2;');
    const refusal = { code: 'MIGRATION_EDITED', message: expect.stringContaining(INIT) };
    await expect(sessions.plan()).rejects.toMatchObject(refusal);
    await expect(sessions.apply()).rejects.toMatchObject(refusal);
    expect(await recorded()).toEqual([{ migration_name: INIT, finished: true, rolled_back: false }]);
  });
});

describe('a created migration', () => {
  it.each(['main', 'sessions'] as const)('is not made while the migrations of %s make its schema', async (alias) => {
    expect(await migrator(alias).create('nothing')).toBeUndefined();
  });

  it('has what the schema has on top, applies, and leaves what only SQL can say', async () => {
    for (const alias of ['main', 'sessions'] as const) {
      const before = await handWritten(databases[alias]);
      project.editSchema(alias, '  version     BigInt ', '  note        String?\n  version     BigInt ');
      const created = await migrator(alias).create('add_note');
      expect(created?.name).toMatch(/^\d{14}_add_note$/);
      expect(statements(created?.sql)).toEqual([`ALTER TABLE "session" ADD COLUMN "note" TEXT;`]);
      expect(await column(databases[alias], 'note')).toBe(false);
      expect(await migrator(alias).apply()).toEqual([created?.name]);
      expect(await column(databases[alias], 'note')).toBe(true);
      expect(await handWritten(databases[alias])).toEqual(before);
      expect(await migrator(alias).drift()).toBeUndefined();
    }
  });

  it('is worked out from the folder, whatever the database is like, and leaves no database behind', async () => {
    await databases.sessions.query('drop table session_outbox; create table stray (id int)');
    project.editSchema('sessions', '  @@index([userId])\n', '');
    const created = await sessions.create('no_index');
    expect(statements(created?.sql)).toEqual([`DROP INDEX "session_user_id_idx";`]);
    const { rows } = await databases.sessions.query(
      `select datname from pg_database where datname like 'switchyard_shadow_${process.pid}_%'`,
    );
    expect(rows).toEqual([]);
  });

  it('follows the others also where their names are of the future, such as from a machine whose clock was wrong', async () => {
    const future = '20991231235959_add_other';
    project.addMigration('sessions', future, 'alter table session add column other text;');
    project.editSchema(
      'sessions',
      '  version     BigInt ',
      '  note        String?\n  other       String?\n  version     BigInt ',
    );
    const created = await sessions.create('add_note');
    expect(created?.name).toBe('20991231235960_add_note');
    expect(await sessions.apply()).toEqual([future, created?.name]);
  });

  it('is refused in words when the schema cannot be read, or earlier migrations fail', async () => {
    project.editSchema('sessions', '@id @map("session_key")', '@idd');
    await expect(sessions.create('x')).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringMatching(
        'prisma/sessions/schema.prisma does not hold: line \\d+: Attribute not known: "@idd"',
      ),
    });
    project.editSchema('sessions', '@idd', '@id @map("session_key")');
    project.addMigration('sessions', ADDED, 'alter table nowhere add column note text;');
    await expect(sessions.create('x')).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('nowhere'),
    });
  });

  it('is refused in words to a user who may not make a database', async () => {
    await databases.sessions.query(`create role "plain_${process.pid}" login password 'x'`);
    try {
      const url = new URL(databases.urls.sessions);
      [url.username, url.password] = [`plain_${process.pid}`, 'x'];
      const pool = createPool(url.href);
      await databases.sessions.query(`grant select on all tables in schema public to "plain_${process.pid}"`);
      project.editSchema('sessions', '  @@index([userId])\n', '');
      await expect(createMigrator(project.folder, 'sessions', pool).create('x')).rejects.toMatchObject({
        code: 'SHADOW_DATABASE_REFUSED',
      });
      await pool.end();
    } finally {
      await databases.sessions.query(`drop owned by "plain_${process.pid}"; drop role "plain_${process.pid}"`);
    }
  });
});

describe('a migration that fails half-way', () => {
  beforeEach(() => {
    project.addMigration('sessions', ADDED, 'alter table session add column note text; select 1 / 0;');
  });

  it('leaves nothing, stays failed in Prisma’s table, and is told about with what PostgreSQL said', async () => {
    const words = `^The migration ${ADDED} [^]*division by zero[^]*--mark-rolled-back ${ADDED}[^]*--mark-applied ${ADDED}`;
    const said = { code: 'MIGRATION_FAILED', message: expect.stringMatching(words) };
    await expect(sessions.apply()).rejects.toMatchObject(said);
    expect(await column(databases.sessions, 'note')).toBe(false);
    expect(await sessions.status()).toContainEqual({ name: ADDED, state: 'failed' });
    await expect(sessions.apply()).rejects.toMatchObject(said);
    await expect(sessions.plan()).rejects.toMatchObject(said);
    expect(await recorded()).toContainEqual({ migration_name: ADDED, finished: false, rolled_back: false });
  });

  it('goes on after it was marked as rolled back and corrected', async () => {
    await expect(sessions.apply()).rejects.toThrow();
    await sessions.markRolledBack(ADDED);
    expect(await sessions.status()).toContainEqual({ name: ADDED, state: 'pending' });
    project.addMigration('sessions', ADDED, 'alter table session add column note text;');
    expect(await sessions.apply()).toEqual([ADDED]);
    expect(await recorded()).toEqual([
      { migration_name: INIT, finished: true, rolled_back: false },
      { migration_name: ADDED, finished: false, rolled_back: true },
      { migration_name: ADDED, finished: true, rolled_back: false },
    ]);
  });

  it('goes on after somebody finished it by hand and marked it as applied', async () => {
    await expect(sessions.apply()).rejects.toThrow();
    await databases.sessions.query('alter table session add column note text');
    await sessions.markApplied(ADDED);
    expect(await sessions.status()).toContainEqual({ name: ADDED, state: 'applied' });
    expect(await sessions.apply()).toEqual([]);
  });
});

describe('a migration’s script', () => {
  const file = `prisma/sessions/migrations/${INIT}/migration.sql`;
  it.each([
    [
      'is the same with the line ends of another system, as for Prisma',
      (sql: string) => sql.replaceAll('\n', '\r\n'),
      'applied',
    ],
    ['is not the same with anything else', (sql: string) => `${sql} `, 'edited'],
  ])('%s', async (_, change, state) => {
    project.write(file, change(readFileSync(path.join(project.folder, file), 'utf8')));
    expect(await sessions.status()).toEqual([{ name: INIT, state }]);
  });

  it('is the same with the line ends of this system, where it was recorded with those of another', async () => {
    const sql = readFileSync(path.join(project.folder, file), 'utf8').replaceAll('\n', '\r\n');
    await databases.sessions.query(`update _prisma_migrations set checksum = encode(sha256($1), 'hex')`, [
      Buffer.from(sql),
    ]);
    expect(await sessions.status()).toEqual([{ name: INIT, state: 'applied' }]);
  });

  it('has to be there', async () => {
    project.write(`prisma/sessions/migrations/${ADDED}/notes.txt`, '');
    for (const act of [
      () => sessions.status(),
      () => sessions.plan(),
      () => sessions.apply(),
      () => sessions.create('x'),
    ])
      await expect(act()).rejects.toMatchObject({
        code: 'MIGRATION_INCOMPLETE',
        message: expect.stringContaining(ADDED),
      });
  });
});

describe('a migration marked as applied', () => {
  it('is recorded without being run, with Prisma’s checksum, also where Prisma has no table yet', async () => {
    await databases.sessions.query('drop table _prisma_migrations');
    await sessions.markApplied(INIT);
    expect(await sessions.status()).toEqual([{ name: INIT, state: 'applied' }]);
    expect(await recorded()).toEqual([{ migration_name: INIT, finished: true, rolled_back: false }]);
    expect(await sessions.apply()).toEqual([]);
  });

  it('has to be in the folder, and not settled yet', async () => {
    await expect(sessions.markApplied('nope')).rejects.toMatchObject({
      code: 'MIGRATION_UNKNOWN',
      message: expect.stringContaining(INIT),
    });
    await expect(sessions.markApplied(INIT)).rejects.toMatchObject({ code: 'MIGRATION_SETTLED' });
    await expect(sessions.markRolledBack(INIT)).rejects.toMatchObject({ code: 'MIGRATION_SETTLED' });
  });
});

describe('two at once', () => {
  it('the second says that it waits, for Prisma’s own tool too, and finds nothing to do', async () => {
    project.addMigration('sessions', ADDED, 'alter table session add column note text;');
    const prisma = await databases.sessions.connect();
    await prisma.query('select pg_advisory_lock(72707369)');
    const waiting: string[] = [];
    const first = migrator('sessions', () => waiting.push('first')).apply();
    const second = migrator('sessions', () => waiting.push('second')).apply();
    const blocked = `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
                       and database = (select oid from pg_database where datname = current_database())`;
    while ((await databases.sessions.query(blocked)).rows[0].n < 2);
    expect(await column(databases.sessions, 'note')).toBe(false);
    await prisma.query('select pg_advisory_unlock(72707369)');
    prisma.release();
    expect((await Promise.all([first, second])).sort()).toEqual([[], [ADDED]]);
    expect(waiting.sort()).toEqual(['first', 'second']);
  });

  it('the one under way is running, and not failed, until it is killed', async () => {
    project.addMigration('sessions', ADDED, 'select pg_sleep(600);');
    const running = sessions.apply().catch((error: unknown) => error);
    const asleep = `select pid from pg_stat_activity where query = 'select pg_sleep(600);'`;
    const pid = async (): Promise<unknown> => (await databases.sessions.query<{ pid: number }>(asleep)).rows[0]?.pid;
    while ((await pid()) === undefined);
    expect(await sessions.status()).toContainEqual({ name: ADDED, state: 'running' });
    expect(await sessions.plan()).toEqual([]);
    const { findings } = await checkDatabases(project.folder, [{ alias: 'sessions', pool: databases.sessions }]);
    expect(findings).toMatchObject([{ code: 'MIGRATION_PENDING', message: expect.stringContaining('applied now') }]);
    await databases.sessions.query('select pg_terminate_backend($1)', [await pid()]);
    expect(await running).toMatchObject({ code: 'MIGRATION_FAILED' });
    expect(await sessions.status()).toContainEqual({ name: ADDED, state: 'failed' });
  });

  it('lets go of the lock when it is done', async () => {
    project.addMigration('sessions', ADDED, 'alter table session add column note text;');
    await sessions.apply();
    const { rows } = await databases.sessions.query('select pg_try_advisory_lock(72707369) as free');
    expect(rows).toEqual([{ free: true }]);
  });
});

it('nothing of a migration that is done keeps its program from ending', async () => {
  project.addMigration('sessions', ADDED, 'select 1;');
  const setting = jest.spyOn(globalThis, 'setTimeout');
  const pool = createPool(databases.urls.sessions);
  await createMigrator(project.folder, 'sessions', pool).apply();
  await pool.end();
  const timers = setting.mock.results.map(({ value }) => value as NodeJS.Timeout & { readonly _destroyed: boolean });
  setting.mockRestore();
  const running = timers.filter(({ _destroyed: ended }) => !ended);
  expect(running.map((timer) => timer.hasRef())).toEqual([false]);
});

it('a migration that was applied and is gone from the folder is missing', async () => {
  rmSync(path.join(project.folder, 'prisma/sessions/migrations', INIT), { recursive: true });
  expect(await sessions.status()).toEqual([{ name: INIT, state: 'missing' }]);
});

describe('drift', () => {
  it.each(['main', 'sessions'] as const)('is none in a fresh %s', async (alias) => {
    expect(await migrator(alias).drift()).toBeUndefined();
  });

  it('is the SQL that is missing', async () => {
    await databases.main.query('alter table product drop column picture; drop index session_user_id_idx');
    const sql = await migrator('main').drift();
    expect(sql).toContain('ADD COLUMN     "picture" TEXT NOT NULL');
    expect(sql).toContain('CREATE INDEX "session_user_id_idx"');
  });
});

/** The statements of a script, without its comments. */
function statements(sql = ''): string[] {
  return sql
    .split(/(?<=;)\s*/)
    .map((each) => each.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ').trim())
    .filter((each) => each !== '');
}
