import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';

describe('the databases of a test file', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  it('have 256 fence rows each: authority at main, idle at sessions', async () => {
    const states = async (pool: TestDatabases['main']): Promise<unknown> =>
      (await pool.query('select state, epoch, count(*)::int from session_fence group by 1, 2')).rows;
    expect(await states(databases.main)).toEqual([{ state: 'auth', epoch: 1, count: 256 }]);
    expect(await states(databases.sessions)).toEqual([{ state: 'idle', epoch: 1, count: 256 }]);
  });

  it('refuse a write to a session that does not raise its version', async () => {
    await databases.main.query(
      `insert into session (session_key, data, expires_at) values ('k', '{}', now() + interval '1 day')`,
    );
    await expect(
      databases.main.query(`update session set data = '{"a":1}' where session_key = 'k'`),
    ).rejects.toMatchObject({ code: 'SY001' });
    await databases.main.query(`update session set data = '{"a":1}', version = version + 1 where session_key = 'k'`);
  });

  it('refuse a plain delete only while a move has claimed them', async () => {
    await databases.sessions.query(`insert into session (session_key, data, expires_at) values ('k', '{}', now())`);
    await databases.sessions.query(`update session_fence set move_id = gen_random_uuid()`);
    await expect(databases.sessions.query(`delete from session`)).rejects.toMatchObject({ code: 'SY002' });
    await expect(databases.sessions.query(`truncate session`)).rejects.toMatchObject({ code: 'SY002' });
    await databases.sessions.query(`update session_fence set move_id = null`);
    expect((await databases.sessions.query(`delete from session`)).rowCount).toBe(1);
  });

  it('touch a session without a new index entry: updates are HOT', async () => {
    const client = await databases.main.connect();
    try {
      await client.query(
        `insert into session (session_key, data, expires_at)
         select 'hot' || n, repeat('x', 500), date_trunc('hour', now()) + interval '1 day' from generate_series(1, 200) n`,
      );
      for (let round = 1; round <= 5; round++)
        await client.query(
          `update session set version = version + 1, expires_at = expires_at + interval '1 second' where session_key like 'hot%'`,
        );
      await client.query('select pg_stat_force_next_flush()');
      await client.query('select 1');
      const { rows } = await client.query(
        `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'session'`,
      );
      expect(rows[0].updates).toBeGreaterThanOrEqual(1000);
      // None are where an index has the exact time. How many more than none is up to whoever else uses this server now.
      expect(rows[0].hot).toBeGreaterThan(0);
    } finally {
      client.release();
    }
  });
});
