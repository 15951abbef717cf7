import type { PgExecutorOptions, SqlExecutor } from '@switchyard/session-backends';
import type { Pool } from 'pg';

/** Runs each statement in a transaction that stays open for a while before it commits. */
export const slowExecutor = (pool: Pool, sleepMs: number, { named = true }: PgExecutorOptions = {}): SqlExecutor => ({
  query: async (text, values, { name }) => {
    const client = await pool.connect();
    let done = false;
    try {
      await client.query('begin isolation level read committed');
      const { rows } = await client.query({ text, values: [...values], ...(named && { name }) });
      await client.query('select pg_sleep($1)', [sleepMs / 1_000]);
      await client.query('commit');
      done = true;
      return rows;
    } finally {
      client.release(!done);
    }
  },
});
