import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { assessSource, type SourceAssessment } from '../../src/foreign/assess-source.ts';
import { makeReady } from '../../src/foreign/make-ready.ts';
import type { SourceKind } from '../../src/foreign/move-source.ts';
import { foreignSide } from '../../src/foreign/foreign-side.ts';
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
    [
      'forever',
      `create table t_forever ${SIMPLE}; insert into t_forever values ('a', '{"cookie":{"expires":"2040-01-01"}}', 'infinity')`,
      /some have no sid or sess, or end after the year 9999, or never/,
    ],
    ...['sid', 'sess', 'expire'].map((column): [string, string, RegExp] => [
      `null_${column}`,
      `create table t_null_${column} (sid varchar unique, sess json, expire timestamp(6)); insert into t_null_${column} values ('a', '{}', now());
       insert into t_null_${column} values ('b', '{}', now()); update t_null_${column} set ${column} = null where sid = 'b'`,
      /some have no sid or sess, or end after/,
    ]),
    ['keyless', `create table t_keyless ${SIMPLE}; insert into t_keyless values ('', '{}', now())`, /some have no sid/],
    ['missing', 'select', /not there.*--table/],
    ['django', `create table t_django ${DJANGO}`, /sid is not there, varchar is asked for/],
  ])('is refused with something that cannot be moved safely: %s', async (name, sql, reason) => {
    await databases.main.query(sql);
    const assessed = await assess(`t_${name}`);
    expect(assessed.isUsable).toBe(false);
    expect(failing(assessed).join('\n')).toMatch(reason);
  });

  it('may have columns that could be null, and are not', async () => {
    await databases.main.query(
      `create table nullable (sid varchar unique, sess json, expire timestamp(6)); insert into nullable values ('a', 'null', now())`,
    );
    expect(failing(await assess('nullable'))).toEqual([]);
  });

  it('may have an index that has more in it than the key', async () => {
    await databases.main.query(
      `create table including ${SIMPLE.replace(' primary key', '')}; create unique index on including (sid) include (expire)`,
    );
    expect(failing(await assess('including'))).toEqual([]);
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

  describe('for a user that is not its owner', () => {
    let role: string;
    let pool: ReturnType<typeof createPool>;
    const rights = (list: string, what = 'limited'): Promise<unknown> =>
      databases.main.query(`grant ${list} on ${what} to ${role}`);
    const assessLimited = (): Promise<SourceAssessment> =>
      assessSource(pgMoveDatabase(pool), {
        kind: 'connect-pg-simple',
        table: 'limited',
        schema: 'shop',
        sideSchema: 'limited_side',
        timeZone: 'UTC',
      });
    beforeAll(async () => {
      const url = new URL(databases.urls.main);
      role = `limited_${url.pathname.slice(1).replaceAll(/\W/g, '_')}`.slice(0, 63);
      url.searchParams.set('options', `-c role=${role}`);
      await databases.main.query(`create role ${role}; create schema shop; create table shop.limited ${SIMPLE}`);
      pool = createPool(url.href);
    });
    afterAll(async () => {
      await pool?.end();
      await databases.main.query(`drop owned by ${role}; drop role ${role}`);
    });

    it('names the tier and each right that is missing, and is usable once the owner has run the SQL', async () => {
      const unread = await assessLimited();
      expect([unread.tier, unread.isUsable]).toEqual(['none', false]);
      expect(failing(unread).join('\n')).toMatch(
        /may write to the table: not insert, update, delete[^]*rights: neither the sessions to read/,
      );
      await rights('usage', 'schema shop');
      await rights('select, trigger', 'shop.limited');
      expect(failing(await assessLimited()).join('\n')).toMatch(/not insert, update, delete[^]*neither triggers/);
      await rights('insert, update, delete, truncate', 'shop.limited');
      const { sql = [], ...asked } = await assessLimited();
      expect([asked.isUsable, failing(asked as SourceAssessment).length]).toEqual([false, 1]);

      await makeReady(pgMoveDatabase(databases.main), sql);
      expect(await assessLimited()).toMatchObject({ tier: 'A', isReady: true, isUsable: true });
      const side = foreignSide({ pool, table: 'shop.limited', sideSchema: 'limited_side' });
      expect(await side.rows?.mayEmpty()).toBe(true);
      await pool.query(`insert into shop.limited values ('key', '{}', now() + interval '1 hour')`);
      await side.database.transaction(async (query) => side.rows?.empty(query));

      await databases.main.query(`revoke truncate on limited_side.session_version from ${role}`);
      expect(await side.rows?.mayEmpty()).toBe(false);
      await databases.main.query(`revoke usage on schema limited_side from ${role}`);
      expect(failing(await assessLimited()).join('\n')).toMatch(
        /closed to this user. grant usage on schema limited_side/,
      );
    });
  });
});
