import { createPool } from '@switchyard/databases';
import { pgExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { overStore } from './over-store.ts';
import type { Subject } from './subject.ts';

/** The database store over a `pg.Pool`. */
export const switchyard: Subject = {
  open: async ({ postgresUrl, connections, isFilled }) => {
    const pool = createPool(postgresUrl, { max: connections });
    const site = postgresSite({ name: 'old', executor: pgExecutor(pool), standalone: true });
    return { ...overStore(fencedStore({ sites: [site] }), isFilled), close: () => pool.end() };
  },
};
