import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';

let databases: TestDatabases;
beforeAll(async () => void (databases = await openTestDatabases()));
afterAll(() => databases.close());

describe('a pool', () => {
  it('outlives a connection that breaks while somebody holds it and asks nothing', async () => {
    const pool = createPool(databases.urls.main, { max: 1 });
    const held = await pool.connect();
    const { rows } = await held.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise<void>((resolve) => held.once('end', resolve));
    await databases.main.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    await expect(held.query('select 1')).rejects.toThrow();
    held.release(true);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});
