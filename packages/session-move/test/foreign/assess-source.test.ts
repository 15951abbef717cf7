import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { assessSource, type SourceAssessment } from '../../src/foreign/assess-source.ts';
import { makeReady } from '../../src/foreign/make-ready.ts';
import type { SourceKind } from '../../src/foreign/move-source.ts';
import { pgMoveDatabase } from '../../src/move-database.ts';

const SIMPLE = '(sid varchar not null primary key, sess json not null, expire timestamp(6) not null)';
const DJANGO =
  '(session_key varchar(40) not null primary key, session_data text not null, expire_date timestamptz not null)';

describe('another library’s table, before a move', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  const assess = (
    table: string,
    kind: SourceKind = 'connect-pg-simple',
    sideSchema?: string,
  ): Promise<SourceAssessment> =>
    assessSource(pgMoveDatabase(databases.main), { kind, table, sideSchema, timeZone: 'UTC' });
  const failing = ({ checks }: SourceAssessment): string[] =>
    checks.flatMap(({ ok, name, value, remedy }) => (ok ? [] : [`${name}: ${value}. ${remedy}`]));

  it('is fine as the library makes it, and tells what a move from it is without', async () => {
    await databases.main.query(`create table simple ${SIMPLE}; create table django ${DJANGO}`);
    expect(await assess('simple')).toMatchObject({ tier: 'A', isUsable: true, isReady: false });
    expect(await assess('django', 'django')).toMatchObject({ tier: 'A', isUsable: true, zone: undefined });
    expect((await assess('simple')).degraded).toContainEqual(expect.stringContaining('reads are not fenced'));
  });

  it.each([
    [
      'fk',
      `create table t_fk ${SIMPLE}; create table cart (sid varchar references t_fk (sid))`,
      /foreign key cart_sid_fkey/,
    ],
    [
      'jsonb',
      `create table t_jsonb ${SIMPLE.replace('json', 'jsonb')}`,
      /sess is jsonb, json is asked for.*alter column sess type json/,
    ],
    ['column', `create table t_column ${SIMPLE}; alter table t_column add tenant int not null`, /tenant/],
    ['key', `create table t_key ${SIMPLE.replace(' primary key', '')}`, /no unique index/],
    [
      'collation',
      `create table t_collation ${SIMPLE.replace('varchar', 'varchar collate "en-US-x-icu"')}`,
      /sid has a collation of its own/,
    ],
    ['rls', `create table t_rls ${SIMPLE}; alter table t_rls enable row level security`, /row-level security/],
    ['rule', `create table t_rule ${SIMPLE}; create rule r as on delete to t_rule do instead nothing`, /rule r/],
    ['partition', `create table t_partition ${SIMPLE} partition by hash (sid)`, /a view, or partitioned/],
    ['view', `create table v ${SIMPLE}; create view t_view as select * from v`, /a view, or partitioned/],
    ['missing', 'select', /not there.*--table/],
    ['django', `create table t_django ${DJANGO}`, /sid is not there, varchar is asked for/],
  ])('is refused with something that cannot be moved safely: %s', async (name, sql, reason) => {
    await databases.main.query(sql);
    const assessed = await assess(`t_${name}`);
    expect(assessed.isUsable).toBe(false);
    expect(failing(assessed).join('\n')).toMatch(reason);
  });

  it('is refused where somebody writes in other transactions than READ COMMITTED, or has taken the schema', async () => {
    await databases.main.query(`create table transactions ${SIMPLE}; create schema taken`);
    const name = new URL(databases.urls.main).pathname.slice(1);
    await databases.main.query(`alter database "${name}" set default_transaction_isolation = 'serializable'`);
    expect(failing(await assess('transactions')).join()).toMatch(/every role in .*: serializable/);
    await databases.main.query(`alter database "${name}" reset default_transaction_isolation`);
    expect(failing(await assess('transactions', 'connect-pg-simple', 'taken')).join()).toMatch(
      /schema taken .*somebody else’s/,
    );
  });

  it('waits a while for who has written to it, and is made ready whole or not at all', async () => {
    await databases.main.query(`create table busy ${SIMPLE}`);
    const { sql = [] } = await assess('busy', 'connect-pg-simple', 'busy_side');
    const client = await databases.main.connect();
    await client.query(`begin; insert into busy values ('s', '{}', now())`);
    const database = pgMoveDatabase(databases.main);
    const options = { lockTimeoutMs: 50, patienceMs: 200 };
    await expect(makeReady(database, sql, options)).rejects.toMatchObject({ code: 'SOURCE_BLOCKED' });
    expect((await assess('busy', 'connect-pg-simple', 'busy_side')).isReady).toBe(false);
    const waiting = makeReady(database, sql, { lockTimeoutMs: 100 });
    await client.query('commit');
    client.release();
    await waiting;
    expect(await assess('busy', 'connect-pg-simple', 'busy_side')).toMatchObject({ isReady: true, isUsable: true });
    expect(failing(await assess('simple', 'connect-pg-simple', 'busy_side')).join()).toMatch(
      /made for "public"."busy"/,
    );
  });
});
