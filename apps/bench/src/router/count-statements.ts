import type { Pool } from 'pg';

/** Counts what is sent to the server over this pool, from now on. */
export function countStatements(pool: Pool): () => number {
  let count = 0;
  pool.on('connect', (client) => {
    const { query } = client;
    client.query = ((...args: unknown[]) => {
      count++;
      return Reflect.apply(query, client, args) as unknown;
    }) as typeof query;
  });
  return () => count;
}
