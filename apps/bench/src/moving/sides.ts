import { createPool } from '@switchyard/databases';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { pgMoveDatabase, type MoveSide } from '@switchyard/session-move';

/** From where to where: URLs of databases with Switchyard's tables. */
export type SideUrls = Readonly<Record<SiteName, string>>;

export interface Sides extends Readonly<Record<SiteName, MoveSide>> {
  close(): Promise<void>;
}

/** Both databases of a move, as its tools see them. */
export function openSides(urls: SideUrls): Sides {
  // What a bench prepares takes longer than a shop would wait.
  const pool = (url: string) => createPool(url, { statementTimeoutMs: 0 });
  const pools = { old: pool(urls.old), new: pool(urls.new) };
  const side = (name: SiteName): MoveSide => ({
    database: pgMoveDatabase(pools[name]),
    site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
  });
  return {
    old: side('old'),
    new: side('new'),
    close: async () => void (await Promise.all([pools.old.end(), pools.new.end()])),
  };
}
