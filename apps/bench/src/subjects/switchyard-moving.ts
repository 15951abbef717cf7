import { createPool } from '@switchyard/databases';
import { pgExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { BenchError } from '../bench-error.ts';
import { overStore } from './over-store.ts';
import type { Subject } from './subject.ts';

/** The database store over both databases of a move. */
export const switchyardMoving: Subject = {
  open: async ({ postgresUrl, secondPostgresUrl, connections, isFilled }) => {
    if (secondPostgresUrl === undefined) throw new BenchError('SUBJECT_FAILED', 'there is no second database for it');
    const pools = [postgresUrl, secondPostgresUrl].map((url) => createPool(url, { max: connections }));
    const site = (name: SiteName) =>
      postgresSite({ name, executor: pgExecutor(pools[name === 'old' ? 0 : 1] as (typeof pools)[number]) });
    return {
      ...overStore(fencedStore({ sites: [site('old'), site('new')] }), isFilled),
      close: async () => void (await Promise.all(pools.map((pool) => pool.end()))),
    };
  },
};
