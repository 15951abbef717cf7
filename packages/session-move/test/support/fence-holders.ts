import type { Pool, PoolClient } from 'pg';
import { until } from './until.ts';

/** Something that holds a lock of the fences, or might. */
export interface FenceHolder {
  /** Its process at the server. */
  readonly pid: number;
  /** Lets it end, by cancelling or committing it, and waits for that. */
  release(): Promise<void>;
}

export type OpenHolder = (pool: Pool) => Promise<FenceHolder>;

const connect = async (pool: Pool): Promise<{ client: PoolClient; pid: number }> => {
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return { client, pid: (rows[0] as { pid: number }).pid };
};

const holdsLock = async (pool: Pool, pid: number, relation: string): Promise<boolean> => {
  const { rows } = await pool.query('select from pg_locks where granted and pid = $1 and relation = $2::regclass', [
    pid,
    relation,
  ]);
  return rows.length > 0;
};

/** A transaction that does this and then nothing more. */
export const openTransaction =
  (statement: string): OpenHolder =>
  async (pool) => {
    const { client, pid } = await connect(pool);
    await client.query('begin');
    await client.query(statement);
    return {
      pid,
      release: async () => {
        await client.query('commit');
        client.release();
      },
    };
  };

/** A statement that runs until it is cancelled. */
export const runningStatement =
  (statement: string, relation: string, ...before: readonly string[]): OpenHolder =>
  async (pool) => {
    const { client, pid } = await connect(pool);
    await client.query('set statement_timeout = 0');
    for (const one of before) await client.query(one);
    let error: unknown;
    const running = client.query(statement).catch((cause: unknown) => (error = cause));
    await until('the statement holds its lock', () => holdsLock(pool, pid, relation));
    return {
      pid,
      release: async () => {
        await pool.query('select pg_cancel_backend($1)', [pid]);
        await running;
        client.release(true);
        expect(error).toMatchObject({ code: '57014' });
      },
    };
  };

/** So slow that it does not end by itself while a test runs. */
export const manualVacuum = (table: string): OpenHolder =>
  runningStatement(`vacuum ${table}`, table, 'set vacuum_cost_limit = 1', `set vacuum_cost_delay = '100ms'`);

export const preparedTransaction: OpenHolder = async (pool) => {
  const { client, pid } = await connect(pool);
  await client.query('begin');
  await client.query('select from session_fence limit 1');
  await client.query(`prepare transaction 'left-behind'`);
  client.release();
  return {
    pid,
    release: async () => {
      await pool.query(`rollback prepared 'left-behind'`);
    },
  };
};
