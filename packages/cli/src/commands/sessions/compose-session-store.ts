import type { Alias } from '@switchyard/databases';
import { postgresFlagSource } from '@switchyard/flags';
import {
  pgExecutor,
  postgresDirectory,
  twoDatabaseStore,
  type SessionDirectory,
  type TwoDatabaseStore,
} from '@switchyard/session-backends';
import { postgresSite, type Site, type SiteName } from '@switchyard/session-backends/fence';
import { foreignSite } from '@switchyard/session-backends/foreign';
import type { SessionDatabase, SessionDatabases } from './open-session-databases.ts';

export interface ComposedStore {
  /** Goes by the flags and the fences, as the shop does. */
  readonly store: TwoDatabaseStore;
  /** Of both databases, the old one first. */
  readonly directories: readonly SessionDirectory[];
}

const ALIAS_OF: Readonly<Record<SiteName, Alias>> = { old: 'main', new: 'sessions' };

/** The sessions of both databases. The flags are read once, from the default provider. */
export async function composeSessionStore({ databases, keyEncoding }: SessionDatabases): Promise<ComposedStore> {
  const at = (site: SiteName): SessionDatabase =>
    databases.find(({ alias }) => alias === ALIAS_OF[site]) as SessionDatabase;
  // Whoever comes from another library's table goes by the fences alone.
  const flags =
    at('old').sideSchema === undefined ? await postgresFlagSource({ pool: at('old').pool }).read() : new Map();
  const isOn = (flag: string): boolean => flags.get(flag) ?? false;
  const site = (name: SiteName, standalone: boolean): Site => {
    const { pool, executor, sideSchema } = at(name);
    return sideSchema === undefined
      ? postgresSite({ name, standalone, executor })
      : foreignSite({ name, standalone, executor: pgExecutor(pool), sideSchema });
  };
  return {
    store: twoDatabaseStore({
      site,
      flags: () => ({ migrationFlag: isOn('migration_flag'), newDbRouterFlag: isOn('new_db_router_flag') }),
      keyEncoding,
    }),
    directories: (['old', 'new'] as const).map((site) => postgresDirectory(at(site).executor)),
  };
}
