import { createRoutedClient, primaryReplica, type LogPositions } from '@switchyard/router';
import { createMainClient } from '@switchyard/databases'; // makes the generated Prisma client over a pool
import type { Pool } from 'pg';

/** Reads on a replica, writes on the primary, and nobody misses what they have just written. */
export function openShop(pools: { main: Pool; replica: Pool }) {
  const ask = async (pool: Pool, position: string): Promise<string | null> =>
    (await pool.query<{ at: string | null }>(`select ${position} as at`)).rows[0]?.at ?? null;
  const positions: LogPositions = {
    written: async () => (await ask(pools.main, 'pg_current_wal_insert_lsn()')) ?? '0/0',
    replayed: () => ask(pools.replica, 'pg_last_wal_replay_lsn()'),
  };
  return createRoutedClient({
    clients: { main: createMainClient(pools.main), replica: createMainClient(pools.replica) },
    default: 'main',
    routers: [
      primaryReplica({
        primary: 'main',
        replicas: ['replica'],
        // Whoever wrote stays on the primary until the replica has it, for five seconds at most.
        readYourWrites: { positions, maxMs: 5_000, keyOf: ({ userId }) => userId as string | undefined },
        // A replica that is dead, or ten seconds behind, is left out until it is back.
        health: { positions, maxLagMs: 10_000 },
      }),
    ],
  });
}
