import { inSchema, quoteText, UNWRITTEN, type FencedTable } from './fenced-table.ts';
import { readExpiry } from './shared-table.ts';

const VERSION = 'version bigint not null check (version >= 1::bigint << 40 and version < 8192::bigint << 40)';

/**
 * The tables of a move beside a table of another library, as the migration of the main database has them. In place of
 * `session` there are two: `session_version` has what the library's rows have no column for, `session_tombstone` what has
 * been destroyed. A row without a version has not been written since the triggers are there.
 */
export function sideTables(table: FencedTable): readonly string[] {
  const side = inSchema(table.sideSchema);
  return [
    // For the tools of the move, which find the library's table by it.
    `create table ${side('session_source')} (definition jsonb not null)`,
    `insert into ${side('session_source')} values (${quoteText(JSON.stringify(table))})`,
    `create table ${side('session_version')} (
  session_key varchar primary key,
  ${VERSION},
  -- As the writer meant it: a column without a time zone does not say.
  expires_at timestamptz(3) not null,
  user_id text
) with (fillfactor = 70)`,
    `create table ${side('session_tombstone')} (
  session_key varchar primary key,
  ${VERSION},
  expires_at timestamptz(3) not null,
  user_id text
)`,
    `create index session_tombstone_expires_at_idx on ${side('session_tombstone')} (expires_at)`,
    `create table ${side('session_fence')} (
  bucket smallint primary key check (bucket between 0 and 255),
  epoch integer not null check (epoch between 1 and 8191),
  state text not null check (state in ('auth', 'armed', 'gone', 'idle')),
  merge boolean not null default false,
  floor bigint not null default 0,
  capture boolean not null default false,
  move_id uuid
)`,
    `insert into ${side('session_fence')} (bucket, epoch, state) select bucket, 1, 'auth' from generate_series(0, 255) as bucket`,
    `create table ${side('session_outbox')} (
  session_key text primary key,
  bucket smallint not null,
  version bigint not null,
  created_at timestamptz(3) not null default current_timestamp
)`,
    `create index session_outbox_bucket_idx on ${side('session_outbox')} (bucket)`,
    `create table ${side('session_lease')} (
  name text primary key,
  holder text not null,
  token bigint not null,
  expires_at timestamptz(3) not null
)`,
    `create table ${side('session_audit')} (
  id bigserial primary key,
  at timestamptz(3) not null default current_timestamp,
  actor text not null,
  action text not null,
  move_id uuid,
  detail jsonb not null default '{}'
)`,
    `create index session_audit_move_id_idx on ${side('session_audit')} (move_id)`,
    `create table ${side('session_move_cursor')} (
  bucket smallint primary key,
  move_id uuid not null,
  last_key text not null default '',
  copied bigint not null default 0,
  done boolean not null default false,
  updated_at timestamptz(3) not null default current_timestamp
)`,
  ];
}

/**
 * Both together as our own table `session` looks, for whoever only reads. A plain UNION ALL of two tables: only so does
 * a query that walks through it by key, or looks some keys up, use the index of each.
 */
export function sideView(table: FencedTable): readonly string[] {
  const side = inSchema(table.sideSchema);
  const beside = (column: string): string =>
    `(select v.${column} from ${side('session_version')} v where v.session_key = s.${table.key})`;
  const expires = `coalesce(${beside('expires_at')}, ${readExpiry(table)}::timestamptz(3))`;
  const hour = (expiresAt: string): string => `date_trunc('hour', ${expiresAt} at time zone 'UTC')::timestamp(3)`;
  return [
    `create view ${side('session')} as
  select s.${table.key} as session_key, s.${table.data}::text as data, ${expires} as expires_at,
    ${hour(expires)} as expires_hour, coalesce(${beside('version')}, ${UNWRITTEN}) as version,
    ${beside('user_id')} as user_id, null::timestamptz as created_at
  from ${table.table} s
  union all
  select t.session_key, null, t.expires_at, ${hour('t.expires_at')}, t.version, t.user_id, null
  from ${side('session_tombstone')} t`,
  ];
}
