import { createMainClient, createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { prismaExecutor, type SqlExecutor, type SqlFailure, type SqlRow } from '@switchyard/session-backends';
import { layCable, type Cable } from './support/redis-process.ts';

let databases: TestDatabases;
let cable: Cable;
let pool: ReturnType<typeof createPool>;
let executor: SqlExecutor;
beforeAll(async () => {
  databases = await openTestDatabases();
  cable = await layCable(Number(new URL(databases.urls.main).port));
  const through = Object.assign(new URL(databases.urls.main), { host: `127.0.0.1:${cable.port}` });
  pool = createPool(through.href);
  executor = prismaExecutor(createMainClient(pool));
});
afterAll(async () => {
  await pool.end();
  await cable.close();
  await databases.close();
});

const ask = (text: string): Promise<readonly SqlRow[]> => executor.query(text, [], { name: 'test' });
const failure = (asked: Promise<unknown>): Promise<Pick<SqlFailure, 'outcome' | 'sqlState'>> =>
  asked.then(
    () => Promise.reject(new Error('it did not fail')),
    ({ outcome, sqlState }: SqlFailure) => ({ outcome, sqlState }),
  );
const raise = (sqlState: string): string => `do $$ begin raise exception 'no' using errcode = '${sqlState}'; end $$`;

describe('a failure through Prisma', () => {
  it.each([
    ['an error of the statement', 'select 1 / 0', { outcome: 'none', sqlState: '22012' }],
    ['a deadlock, whose victim may try again', raise('40P01'), { outcome: 'none', sqlState: '40P01' }],
    ['an exception of a trigger', raise('P0001'), { outcome: 'none', sqlState: 'P0001' }],
    [
      'a server that goes away while it is at it',
      'select pg_terminate_backend(pg_backend_pid())',
      { outcome: 'unknown', sqlState: '57P01' },
    ],
  ] as const)('%s is what the server called it', async (_name, text, expected) => {
    expect(await failure(ask(text))).toEqual(expected);
  });

  it('a connection that breaks while the statement runs leaves open whether it was carried out', async () => {
    const asked = failure(ask('select pg_sleep(20)'));
    const isRunning = `select 1 from pg_stat_activity where query = 'select pg_sleep(20)' and datname = current_database()`;
    while ((await databases.main.query(isRunning)).rowCount === 0);
    cable.cut();
    expect(await asked).toEqual({ outcome: 'unknown', sqlState: undefined });
    cable.mend();
    expect(await ask('select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('a server that refuses the connection has done nothing', async () => {
    const nobody = createPool('postgres://nobody@127.0.0.1:1/nothing');
    const query = prismaExecutor(createMainClient(nobody)).query('select 1', [], { name: 'test' });
    expect(await failure(query)).toEqual({ outcome: 'none', sqlState: undefined });
    await nobody.end();
  });
});
