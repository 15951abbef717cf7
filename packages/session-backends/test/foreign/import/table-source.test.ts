import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import {
  connectPgSimpleTable,
  djangoTable,
  prismaSessionTable,
  tableSource,
  type SharedTable,
} from '@switchyard/session-backends/foreign';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const inHalfAnHour = new Date(Math.floor(Date.now() / 1000) * 1000 + 1_800_000);

/** By a connection in that zone. */
async function read(zone: string, table: SharedTable) {
  const url = new URL(databases.urls.main);
  url.searchParams.set('options', `-c timezone=${zone}`);
  const pool = createPool(url.href, { max: 1 });
  try {
    const source = await tableSource(pgExecutor(pool), table);
    const page = await source.page(undefined, 10);
    expect(await source.find(page.entries.map(({ key }) => key))).toEqual(page.entries);
    return page.entries.map(({ key, expiresAt }) => [key, expiresAt]);
  } finally {
    await pool.end();
  }
}

describe('the sessions of a table', () => {
  it.each([
    ['connect-pg-simple', '(sid varchar, sess json, expire timestamptz(6))', connectPgSimpleTable({ table: 'zoned' })],
    [
      'connect-pg-simple, with a zone given',
      '(sid varchar, sess json, expire timestamptz(6))',
      connectPgSimpleTable({ table: 'zoned', timeZone: 'Asia/Tokyo' }),
    ],
    [
      'prisma-session-store',
      '(sid text, data json, "expiresAt" timestamptz(3))',
      prismaSessionTable({ table: 'zoned' }),
    ],
    ['django', '(session_key varchar, session_data text, expire_date timestamptz)', djangoTable({ table: 'zoned' })],
  ])('end when their times with a zone say, wherever those are read: %s', async (_, columns, table) => {
    await databases.main.query(`drop table if exists zoned; create table zoned ${columns}`);
    await databases.main.query(`insert into zoned values ('alive', '{}', $1), ('over', '{}', now() - interval '1 s')`, [
      inHalfAnHour,
    ]);
    for (const zone of ['America/New_York', 'UTC', 'Asia/Kolkata'])
      expect(await read(zone, table)).toEqual([['alive', inHalfAnHour]]);
  });

  it('have no end where that is never, or later than JavaScript can tell', async () => {
    await databases.main.query(
      `create table endless (sid varchar, sess json, expire timestamp(6));
       insert into endless values ('a', '{}', 'infinity'), ('b', '{}', '290000-01-01'), ('c', '{}', '-infinity'), ('d', '{}', null)`,
    );
    expect(await read('UTC', connectPgSimpleTable({ table: 'endless' }))).toEqual([
      ['a', undefined],
      ['b', undefined],
    ]);
  });

  it.each([
    ['bigint', '1', connectPgSimpleTable({ table: 'odd' })],
    ['date', 'now()', connectPgSimpleTable({ table: 'odd' })],
    ['timestamp', 'now()', { ...connectPgSimpleTable({ table: 'odd' }), timeZone: null }],
  ])('are refused where it is not known when they end: %s', async (type, value, table) => {
    await databases.main.query(`drop table if exists odd; create table odd (sid varchar, sess json, expire ${type})`);
    await databases.main.query(`insert into odd values ('a', '{}', ${value})`);
    await expect(read('UTC', table)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringContaining(`"expire" is a ${type}`),
    });
  });

  it('are refused where some of them are hidden', async () => {
    await databases.main.query(
      `create table hidden (sid varchar, sess json, expire timestamp(6)); alter table hidden enable row level security`,
    );
    const role = `hidden_${new URL(databases.urls.main).pathname.slice(1).replaceAll(/\W/g, '_')}`.slice(0, 63);
    await databases.main.query(`create role ${role}; grant select on hidden to ${role}`);
    const url = new URL(databases.urls.main);
    url.searchParams.set('options', `-c role=${role}`);
    const pool = createPool(url.href, { max: 1 });
    try {
      await expect(tableSource(pgExecutor(pool), connectPgSimpleTable({ table: 'hidden' }))).rejects.toMatchObject({
        code: 'SOURCE_REFUSED',
      });
    } finally {
      await pool.end();
      await databases.main.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});
