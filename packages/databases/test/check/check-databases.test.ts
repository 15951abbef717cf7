import { createHash } from 'node:crypto';
import { checkDatabases, createPool, type Alias, type CheckedDatabase, type Finding } from '@switchyard/databases';
import { copyProject, openTestDatabases, type ProjectCopy, type TestDatabases } from '@switchyard/databases/testing';
import type { Pool } from 'pg';
import { checkSharedModels } from '../../src/check/check-shared-models.ts';

const INIT = '20260101000000_init';

let project: ProjectCopy;
let databases: TestDatabases;

beforeEach(async () => {
  project = copyProject();
  databases = await openTestDatabases();
});
afterEach(async () => {
  await databases.close();
  project.remove();
});

/** The same databases, for users who may read them and no more. */
async function asUserWithoutRights({ urls, main, sessions }: TestDatabases) {
  const of = async (alias: Alias, owner: Pool): Promise<CheckedDatabase & { drop: () => Promise<unknown> }> => {
    const role = `plain_${alias}_${process.pid}`;
    await owner.query(`create role ${role} login password 'x'; grant select on all tables in schema public to ${role}`);
    const url = new URL(urls[alias]);
    [url.username, url.password] = [role, 'x'];
    const pool = createPool(url.href);
    return {
      alias,
      pool,
      drop: async () => {
        await pool.end();
        await owner.query(`drop owned by ${role}; drop role ${role}`);
      },
    };
  };
  const opened = [await of('main', main), await of('sessions', sessions)];
  return { databases: opened, close: async () => void (await Promise.all(opened.map(({ drop }) => drop()))) };
}

const both = (): CheckedDatabase[] => [
  { alias: 'main', pool: databases.main },
  { alias: 'sessions', pool: databases.sessions },
];

const check = async (): Promise<readonly Finding[]> => {
  const { findings, skipped } = await checkDatabases(project.folder, both());
  expect(skipped).toEqual([]);
  return findings;
};

it('finds nothing in databases that were just migrated', async () => {
  expect(await check()).toEqual([]);
});

it('finds two aliases that are one database, and nothing that follows from that', async () => {
  const again = createPool(databases.urls.main);
  const { findings } = await checkDatabases(project.folder, [
    { alias: 'main', pool: databases.main },
    { alias: 'sessions', pool: again },
  ]);
  await again.end();
  expect(findings).toMatchObject([{ code: 'ONE_DATABASE', databases: ['main', 'sessions'] }]);
});

describe('migrations', () => {
  it('that are not applied are found, and nothing that follows from that', async () => {
    project.editSchema('sessions', '  version     BigInt ', '  note        String?\n  version     BigInt ');
    project.addMigration('sessions', '20260201000000_note', 'alter table session add column note text;');
    const findings = await check();
    expect(findings.filter(({ code }) => code !== 'MODELS_DIFFER')).toEqual([
      {
        code: 'MIGRATION_PENDING',
        databases: ['sessions'],
        subject: '20260201000000_note',
        message: 'The migration 20260201000000_note of "sessions" is not applied.',
        todo: 'Apply it: switchyard migrate sessions --database sessions',
      },
    ]);
  });

  it.each([
    ['failed half-way', 'update _prisma_migrations set finished_at = null', 'MIGRATION_FAILED'],
    ['edited', `update _prisma_migrations set checksum = 'other'`, 'MIGRATION_EDITED'],
    [
      'not in the folder',
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at)
       values ('1', '', '2020_old', now(), now())`,
      'MIGRATION_NOT_IN_FOLDER',
    ],
  ])('that are %s are found', async (_, sql, code) => {
    await databases.sessions.query(sql);
    expect((await check()).map((finding) => finding.code)).toEqual([code]);
  });
});

describe('tables', () => {
  it('that are recorded as migrated and missing are found, with the migration that made them', async () => {
    await databases.sessions.query('drop table session_move_cursor');
    expect(await check()).toEqual([
      {
        code: 'TABLE_MISSING',
        databases: ['sessions'],
        subject: 'session_move_cursor',
        message: `The table "session_move_cursor" of "sessions" is missing, although ${INIT} is recorded as applied.`,
        todo: expect.stringContaining(`prisma/sessions/migrations/${INIT}/migration.sql`),
      },
    ]);
  });

  it('that the schema has and no migration makes are found', async () => {
    project.editSchema('main', 'model FeatureFlag {', 'model Voucher {\n  id Int @id\n}\n\nmodel FeatureFlag {');
    expect(await check()).toEqual([
      expect.objectContaining({
        code: 'TABLES_NOT_AS_SCHEMA',
        message: expect.stringContaining('CREATE TABLE "Voucher"'),
        todo: expect.stringContaining('--create'),
      }),
    ]);
  });

  it('that their migrations make otherwise than their schema says are found, with the SQL that would make them so', async () => {
    project.editSchema('main', '  picture     String\n', '  picture     String\n  weight      Int?\n');
    expect(await check()).toEqual([
      expect.objectContaining({
        code: 'TABLES_NOT_AS_SCHEMA',
        databases: ['main'],
        message: expect.stringMatching(/^The tables that the migrations make of "main"[^]*ADD COLUMN     "weight"/),
        todo: expect.stringContaining('--create'),
      }),
    ]);
  });

  it('that no migration makes are found, but not what an extension or Prisma keeps for itself', async () => {
    await databases.main.query(`create table "by hand" (id int); create extension if not exists pg_trgm`);
    expect(await check()).toEqual([
      expect.objectContaining({
        code: 'TABLES_NOT_AS_MIGRATIONS',
        databases: ['main'],
        subject: 'by hand',
        message: 'The table "by hand" of "main" is made by no migration.',
      }),
    ]);
  });

  it('are compared with the schema where this user may not make a database to try out the migrations, which is told', async () => {
    await databases.main.query('alter table product drop column picture; alter table session reset (fillfactor)');
    await databases.sessions.query('drop table session_lease');
    const pools = await asUserWithoutRights(databases);
    const checked = checkDatabases(project.folder, pools.databases);
    await Promise.allSettled([checked]);
    await pools.close();
    const { findings, skipped } = await checked;
    expect(findings.map(({ code, databases: where }) => [code, ...where])).toEqual([
      ['TABLES_NOT_AS_SCHEMA', 'main'],
      ['TABLE_MISSING', 'sessions'],
      ['TABLES_DIFFER', 'main', 'sessions'],
    ]);
    expect(skipped).toEqual([
      expect.stringMatching(/^"main": .*may not create one/),
      expect.stringMatching(/^"sessions": .*may not create one/),
    ]);
  });
});

describe('what belongs to no table', () => {
  it('is known from the migrations, too', async () => {
    const sql = `create type mood as enum ('sad', 'happy'); create function double(int) returns int language sql as 'select $1 * 2'`;
    project.addMigration('main', '20260201000000_more', sql);
    await databases.main.query(`${sql}; create function another() returns int language sql as 'select 1'`);
    await databases.main.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at)
       values ('1', encode(sha256($1), 'hex'), '20260201000000_more', now(), now())`,
      [Buffer.from(sql)],
    );
    expect(await check()).toEqual([expect.objectContaining({ code: 'TABLES_NOT_AS_SCHEMA' })]);
    await databases.main.query(`alter type mood add value 'so-so'; drop function double`);
    expect(await check()).toContainEqual(
      expect.objectContaining({
        code: 'TABLES_NOT_AS_MIGRATIONS',
        message:
          'What is beside the tables of "main" is not what its migrations make:\n' +
          `  function double(integer): with the body ${createHash('md5').update('select $1 * 2').digest('hex')} by its migrations, not in the database\n` +
          '  type mood: sad, happy by its migrations, sad, happy, so-so in the database',
      }),
    );
  });
});

describe('a model that both databases have', () => {
  it.each([
    ['a field', '  version     BigInt    @default(1099511627777)', '  version     BigInt', 'field version'],
    ['a type', '  userId      String?   @map("user_id")', '  userId      Int?   @map("user_id")', 'field userId'],
    ['an index', '  @@index([expiresHour])\n', '', '@@index([expiresHour])'],
    ['the table', '@@map("session")', '@@map("sessions")', 'table: session in "main", sessions in "sessions"'],
  ])('may not differ in %s of its schema', async (_, search, replacement, words) => {
    project.editSchema('sessions', search, replacement);
    expect(await checkSharedModels(project.folder, both())).toContainEqual(
      expect.objectContaining({
        code: 'MODELS_DIFFER',
        databases: ['main', 'sessions'],
        subject: 'Session',
        message: expect.stringContaining(words),
      }),
    );
  });

  it('may have a relation to a model that only one of them has', async () => {
    project.editSchema(
      'main',
      '  userId      String?   @map("user_id")',
      '  userId      String?   @map("user_id") @db.Uuid\n  user        User?     @relation(fields: [userId], references: [id])',
    );
    project.editSchema('main', '  orders       Order[]', '  orders       Order[]\n  sessions     Session[]');
    project.editSchema(
      'sessions',
      '  userId      String?   @map("user_id")',
      '  userId      String?   @map("user_id") @db.Uuid',
    );
    expect((await checkSharedModels(project.folder, both())).map(({ code }) => code)).not.toContain('MODELS_DIFFER');
  });
});
