import { setTimeout as sleep } from 'node:timers/promises';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import {
  connectPgSimpleTable,
  djangoTable,
  prismaSessionTable,
  sharedTableStore,
  type SharedTable,
} from '@switchyard/session-backends/foreign';
import { FaultyStore, sessionStoreContract, type StoreLack } from '@switchyard/session-backends/testing';

const TABLES = `
  create table django_session (session_key varchar(40) primary key, session_data text not null, expire_date timestamptz not null);
  create table session_of_pg (sid varchar primary key not deferrable, sess json not null, expire timestamp(6) not null)`;

const LACKS: readonly StoreLack[] = ['copy', 'tombstones', 'users', 'rising versions'];

describe.each([
  ['Django’s table', djangoTable(), 'plain', LACKS],
  ['connect-pg-simple’s table', connectPgSimpleTable({ table: 'session_of_pg' }), 'plain', [...LACKS, 'opaque data']],
] as const)('%s', (_, table, keyEncoding, lacks) => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
    await databases.main.query(TABLES);
  });
  afterAll(() => databases.close());

  const contract = sessionStoreContract({
    keyEncoding,
    lacks,
    open: async () => {
      const open = () => sharedTableStore({ executor: pgExecutor(databases.main), table });
      const broken = new FaultyStore(open());
      return {
        store: broken,
        other: open(),
        pass: (ms) => sleep(Math.max(0, ms)),
        fail: async () => void (broken.fault = 'down'),
      };
    },
  });
  it.each(contract)('$name', ({ run }) => run());
});

describe('a table whose times have no zone', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
    await databases.main.query(TABLES);
    const utc = `create table "Session" (id text, sid text unique, data text, "expiresAt" timestamp(3))`;
    await databases.main.query(utc);
  });
  afterAll(() => databases.close());

  /** A pool whose connections live in that zone, as a server or a role may be set. */
  const inZone = (zone: string) =>
    pgExecutor({
      connect: async () => {
        const client = await databases.sessions.connect();
        await client.query(`set timezone to '${zone}'`);
        return client;
      },
    });

  it.each([
    ['that of the connection', connectPgSimpleTable({ table: 'session_of_pg' }), 'Asia/Kolkata'],
    ['the one that is said', connectPgSimpleTable({ table: 'session_of_pg', timeZone: 'Asia/Kolkata' }), 'UTC'],
    ['UTC, as Prisma has it', prismaSessionTable(), 'Asia/Kolkata'],
  ] as const)('is read and written in %s', async (_, table: SharedTable, zone) => {
    await databases.sessions.query(`drop table if exists session_of_pg, "Session"; ${TABLES.split(';')[1]};
      create table "Session" (id text, sid text unique, data text, "expiresAt" timestamp(3))`);
    const store = sharedTableStore({ executor: inZone(zone), table });
    const expiresAt = new Date(Date.now() + 60_000);
    const key = 'a-session-of-somebody' as never;
    await store.apply([{ kind: 'create', key, data: '{"a":1}', expiresAt, userId: null, fresh: true }]);
    const [found] = await store.load([key]);
    expect(found).toMatchObject({ status: 'found', record: { data: '{"a":1}', expiresAt } });
    const written = `extract(epoch from ${table.expires} at time zone '${table.timeZone ?? zone}') * 1000`;
    const { rows } = await databases.sessions.query(`select round(${written})::float8 as ms from ${table.table}`);
    expect(rows).toEqual([{ ms: expiresAt.getTime() }]);
  });
});
