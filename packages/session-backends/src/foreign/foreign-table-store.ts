import { fencedStore } from '../fence/fenced-store.ts';
import { postgresSite } from '../fence/postgres-site.ts';
import type { SiteName } from '../fence/rules.ts';
import type { Site } from '../fence/site.ts';
import type { SqlExecutor } from '../sql-executor.ts';
import type { SessionStore } from '../store.ts';
import { foreignSite } from './foreign-site.ts';

export interface ForeignTableStoreOptions {
  /** The database with the library's table, made ready by `switchyard move start`. */
  readonly old: SqlExecutor;
  /** The database that the sessions move to. */
  readonly new: SqlExecutor;
  /** Where the move has its tables beside the library's. Default is "switchyard". */
  readonly sideSchema?: string;
  /** Told when a fence sent an operation on: this process had not known of a switch. */
  readonly onBounce?: (bucket: number, from: SiteName) => void;
  /** Wraps each of the two sites, to measure it, say. */
  readonly watch?: (site: Site) => Site;
}

/**
 * The sessions of a shop that moves away from another library's table. The fences decide which of the two databases is
 * read and written; the library may go on writing to its table in processes that have not been replaced yet, until the
 * first switch. Keys are in clear and data is in the library's format on both sides, so that it takes the library's codec
 * and `keyEncoding: 'plain'`.
 *
 * No cache goes before it while the library may write: it does not tell the cache of its writes.
 */
export function foreignTableStore(options: ForeignTableStoreOptions): SessionStore {
  const { sideSchema, onBounce, watch = (site: Site): Site => site } = options;
  return fencedStore({
    sites: [
      watch(foreignSite({ executor: options.old, ...(sideSchema !== undefined && { sideSchema }) })),
      watch(postgresSite({ name: 'new', executor: options.new })),
    ],
    keyEncoding: 'plain',
    ...(onBounce !== undefined && { onBounce }),
  });
}
