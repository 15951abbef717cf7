import { findProjectFolder, type Finding } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { checkSharedModels } from '../../src/check/check-shared-models.ts';

let databases: TestDatabases;
beforeAll(async () => {
  // One connection each, so that every test can be taken back.
  databases = await openTestDatabases({ max: 1 });
});
afterAll(() => databases.close());
beforeEach(() => databases.sessions.query('begin'));
afterEach(() => databases.sessions.query('rollback'));

const check = (): Promise<Finding[]> =>
  checkSharedModels(findProjectFolder(), [
    { alias: 'main', pool: databases.main },
    { alias: 'sessions', pool: databases.sessions },
  ]);

it('a table of two databases may be the same', async () => {
  expect(await check()).toEqual([]);
});

it.each<[what: string, sql: string, words: string]>([
  ['a column', 'alter table session add column note text', 'column note: not in "main", text in "sessions"'],
  [
    'a type',
    'alter table session alter column data type varchar(100)',
    'column data: text in "main", character varying(100) in "sessions"',
  ],
  [
    'a default',
    'alter table session alter column version drop default',
    `column version: bigint not null default '1099511627777'::bigint in "main", bigint not null in "sessions"`,
  ],
  [
    'a generated column',
    'alter table session alter column expires_hour drop expression',
    'column expires_hour: timestamp(3) without time zone generated as date_trunc',
  ],
  ['fillfactor', 'alter table session reset (fillfactor)', 'setting fillfactor: 70 in "main", not in "sessions"'],
  ['a check', 'alter table session drop constraint session_version_check', 'constraint session_version_check: CHECK ('],
  [
    'a trigger',
    'drop trigger session_version_rises on session',
    'trigger session_version_rises: CREATE TRIGGER session_version_rises BEFORE UPDATE ON session',
  ],
  [
    'a trigger that is switched off',
    'alter table session disable trigger session_version_rises',
    'EXECUTE FUNCTION session_refuse_version() (disabled) in "sessions"',
  ],
  [
    'the body of a trigger’s function',
    `create or replace function session_refuse_version() returns trigger language plpgsql as 'begin return new; end'`,
    'function session_refuse_version: with the body',
  ],
  ['an index', 'drop index session_expires_hour_idx', 'index session_expires_hour_idx: CREATE INDEX'],
  ['a unique key', 'create unique index more on session (data)', 'index more: not in "main", CREATE UNIQUE INDEX'],
  ['how it is kept', 'alter table session set unlogged', 'kind: logged in "main", unlogged in "sessions"'],
  ['who may see its rows', 'alter table session enable row level security', 'row security: not in "main", on in'],
])('a table of two databases may not differ in %s, whether or not a schema can say so', async (_, sql, words) => {
  await databases.sessions.query(sql);
  const [finding] = await check();
  expect(finding).toMatchObject({ code: 'TABLES_DIFFER', databases: ['main', 'sessions'], subject: 'session' });
  expect(finding?.message).toContain(words);
  expect(finding?.todo).toContain('by hand');
});
