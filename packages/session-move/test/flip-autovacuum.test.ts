import { createPool } from '@switchyard/databases';
import type { Pool } from 'pg';
import { readFences } from '../src/fence-table.ts';
import { pgMoveDatabase, type MoveDatabase } from '../src/move-database.ts';
import { flip, giveUp, takeOver } from './support/flip.ts';
import { startOwnServer, type OwnServer } from './support/own-server.ts';
import { until } from './support/until.ts';

const BUCKET = 16;
const EAGER = 'autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0';
const CRAWLING = 'autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1';

let server: OwnServer;
let pool: Pool;
let controller: MoveDatabase;
beforeAll(async () => {
  // Once a second is as often as PostgreSQL will look.
  server = await startOwnServer({ fsync: 'off', autovacuum_naptime: '1s' });
  pool = createPool(server.url, { applicationName: 'controller' });
  controller = pgMoveDatabase(pool);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const litterFences = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await pool.query('update session_fence set floor = floor');
};

const autovacuumOf = async (table: string): Promise<number | undefined> => {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_locks join pg_stat_activity using (pid)
     where backend_type = 'autovacuum worker' and granted and relation = $1::regclass and mode = 'ShareUpdateExclusiveLock'`,
    [table],
  );
  return rows[0]?.pid;
};

const finishedAutovacuums = async (): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    `select autovacuum_count::int as count from pg_stat_user_tables where relname = 'session_fence'`,
  );
  return rows[0]?.count ?? 0;
};

it('flips while autovacuum is at the sessions', async () => {
  await pool.query(`alter table session set (${EAGER}, ${CRAWLING})`);
  await pool.query(
    `insert into session (session_key, data, expires_at) select 'ff' || n, repeat('x', 1000), now() + '1 h' from generate_series(1, 500) n`,
  );
  await pool.query('update session set version = version + 1');
  await until('autovacuum is at the sessions', async () => (await autovacuumOf('session')) !== undefined);
  expect(await flip(controller, [BUCKET], giveUp, { patienceMs: 0 })).toBe(1);
  expect(await flip(controller, [BUCKET], takeOver, { patienceMs: 0 })).toBe(1);
  expect(await autovacuumOf('session')).toBeDefined();
});

it('says that autovacuum is in its way, where autovacuum has been slowed down until a few pages take seconds', async () => {
  await pool.query(`alter table session_fence set (${EAGER}, ${CRAWLING})`);
  await litterFences();
  const fences = await readFences(controller);
  await until('autovacuum is at the fences', async () => (await autovacuumOf('session_fence')) !== undefined);
  const pid = await autovacuumOf('session_fence');
  const begin = performance.now();
  await expect(flip(controller, [BUCKET], giveUp)).rejects.toMatchObject({
    code: 'FLIP_BLOCKED',
    message: expect.stringContaining(`held by process ${pid} (autovacuum worker, active, its transaction `),
  });
  expect(performance.now() - begin).toBeLessThan(4_000);
  expect(await readFences(controller)).toEqual(fences);
  await pool.query('select pg_cancel_backend($1)', [pid]);
});

it('always flips within 2 s when autovacuum runs as it usually does', async () => {
  await pool.query(`alter table session_fence reset (autovacuum_vacuum_cost_delay, autovacuum_vacuum_cost_limit)`);
  const before = await finishedAutovacuums();
  await until('autovacuum has been there twice', async () => {
    await litterFences();
    await flip(controller, [BUCKET], giveUp);
    await flip(controller, [BUCKET], takeOver);
    return (await finishedAutovacuums()) >= before + 2;
  });
});
