import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, type SessionStore } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import {
  connectPgSimpleTable,
  djangoTable,
  fencedTableSql,
  foreignSite,
  type FencedTable,
} from '@switchyard/session-backends/foreign';
import { foreignSide } from '../../src/foreign/foreign-side.ts';
import { pgMoveDatabase } from '../../src/move-database.ts';
import type { MoveSide } from '../../src/move-side.ts';

/** As connect-pg-simple's table.sql and Django's migration make them. */
const MADE_BY = {
  'connect-pg-simple': `create table session (sid varchar not null collate "default" primary key, sess json not null, expire timestamp(6) not null);
    create index "IDX_session_expire" on session (expire)`,
  django: `create table django_session (session_key varchar(40) not null primary key, session_data text not null, expire_date timestamptz not null);
    create index django_session_expire_date on django_session (expire_date)`,
} as const;

export type Library = keyof typeof MADE_BY;

export interface ForeignSides {
  readonly databases: TestDatabases;
  readonly table: FencedTable;
  readonly old: MoveSide;
  readonly new: MoveSide;
  /** A pool as the library's processes have it, in a time zone of their own. */
  libraryPool(timeZone?: string): ReturnType<typeof createPool>;
  /** What a move's start makes beside the table. */
  makeReady(): Promise<void>;
  /** A process that opens the sessions through both databases. */
  openStore(): SessionStore;
  close(): Promise<void>;
}

/** A main database that has a library's table and nothing else, and a sessions database with its migrations. */
export async function openForeignSides(library: Library, timeZone = 'UTC'): Promise<ForeignSides> {
  const databases = await openTestDatabases();
  await databases.main.query('drop schema public cascade; create schema public');
  await databases.main.query(MADE_BY[library]);
  const table: FencedTable =
    library === 'django'
      ? { ...djangoTable({ table: 'public.django_session' }), timeZone: null, sideSchema: 'switchyard' }
      : { ...connectPgSimpleTable({ table: 'public.session' }), timeZone, sideSchema: 'switchyard' };
  const newSite = (): MoveSide['site'] => postgresSite({ name: 'new', executor: pgExecutor(databases.sessions) });
  const pools: ReturnType<typeof createPool>[] = [];
  return {
    databases,
    table,
    old: foreignSide({ pool: databases.main, table: table.table }),
    new: { database: pgMoveDatabase(databases.sessions), site: newSite() },
    libraryPool: (zone = timeZone) => {
      const url = new URL(databases.urls.main);
      url.searchParams.set('options', `-c TimeZone=${zone}`);
      const pool = createPool(url.href);
      pools.push(pool);
      return pool;
    },
    makeReady: async () => {
      for (const statement of fencedTableSql(table)) await databases.main.query(statement);
    },
    openStore: () =>
      fencedStore({
        sites: [foreignSite({ executor: pgExecutor(databases.main) }), newSite()],
        keyEncoding: 'plain',
      }),
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await databases.close();
    },
  };
}
