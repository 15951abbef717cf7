import { createMainClient, createPool } from '@switchyard/databases';
import { prismaExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { overStore } from './over-store.ts';
import type { Subject } from './subject.ts';

/** The database store over the raw queries of a Prisma client. */
export const switchyardPrisma: Subject = {
  open: async ({ postgresUrl, connections }) => {
    const pool = createPool(postgresUrl, { max: connections });
    const client = createMainClient(pool);
    const site = postgresSite({ name: 'old', executor: prismaExecutor(client), standalone: true });
    return {
      ...overStore(fencedStore({ sites: [site] })),
      close: async () => {
        await client.$disconnect();
        await pool.end();
      },
    };
  },
};
