import type { Pool } from 'pg';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { fencedTableSql } from '../../src/foreign/fenced-table-sql.ts';
import type { FencedTable } from '../../src/foreign/fenced-table.ts';
import { connectPgSimpleTable, djangoTable } from '../../src/foreign/shared-table.ts';

/** As connect-pg-simple's table.sql and Django's migration make them. */
export const MADE_BY = {
  'connect-pg-simple': `create table session (sid varchar not null collate "default" primary key, sess json not null, expire timestamp(6) not null);
    create index "IDX_session_expire" on session (expire)`,
  django: `create table django_session (session_key varchar(40) not null primary key, session_data text not null, expire_date timestamptz not null);
    create index django_session_expire_date on django_session (expire_date)`,
} as const;

export type Library = keyof typeof MADE_BY;

export const tableOf = (library: Library, timeZone = 'UTC'): FencedTable =>
  library === 'django'
    ? { ...djangoTable({ table: 'public.django_session' }), timeZone: null, sideSchema: 'switchyard' }
    : { ...connectPgSimpleTable({ table: 'public.session', timeZone }), timeZone, sideSchema: 'switchyard' };

/** A main database that knows nothing but a library's table. */
export async function openForeignDatabases(library: Library): Promise<TestDatabases> {
  const databases = await openTestDatabases();
  await databases.main.query('drop schema public cascade; create schema public');
  await databases.main.query(MADE_BY[library]);
  return databases;
}

export async function makeReady(pool: Pool, table: FencedTable): Promise<void> {
  for (const statement of fencedTableSql(table)) await pool.query(statement);
}
