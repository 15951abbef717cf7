import { COUNTERS_BEGIN_AT } from '../fence/rules.ts';
import { bucketOfPlain, inSchema, UNWRITTEN, type FencedTable } from './fenced-table.ts';
import { readExpiry } from './shared-table.ts';

/** firstVersion */
export const FIRST_VERSION = (epoch: string): string =>
  `(${epoch}::bigint << 40) + greatest(1, (extract(epoch from clock_timestamp()) * 1000)::bigint - ${COUNTERS_BEGIN_AT})`;

/** nextVersion */
export const NEXT_VERSION = (version: string, epoch: string, step = '1'): string =>
  `case when ${version} >> 40 >= ${epoch} then ${version} + ${step} else (${epoch}::bigint << 40) + ${step} end`;

const WRITER = 'switchyard.writer';
const NOT_OURS = `current_setting('${WRITER}', true) is distinct from 'site'`;

/**
 * Around our own statements, which do themselves what the triggers do for others. Not an attribute of the functions: it
 * takes a superuser to give one a setting that the server does not know.
 */
export const AS_SITE = `perform set_config('${WRITER}', 'site', true);`;
export const AS_OTHERS = `perform set_config('${WRITER}', '', true);`;

/** Refused by the fence: these sessions are served elsewhere. */
export const SESSION_MOVED = 'SY003';
/** A write that the move could not follow. */
export const WRITE_UNKNOWN = 'SY004';

/** On the library's table. */
export const LIBRARY_TRIGGERS: readonly string[] = [
  'switchyard_hold_fence',
  'switchyard_spare_expired',
  'switchyard_written',
  'switchyard_refuse_truncate',
];

const DEFINER = 'security definer set search_path = pg_catalog, pg_temp';

/**
 * What brings a library that knows nothing of a move into it.
 *
 * Before a statement, the fences are held until its transaction ends, so that no change of them can come in between; the
 * row triggers read them after that, in a snapshot of their own. A transaction whose snapshot is older than the hold
 * (REPEATABLE READ and SERIALIZABLE) locks the fence's row, and fails if that has changed. First the fences, then the
 * rows, as our own statements do: else a flip that waits for one of ours, which waits for a row of the library's, would
 * keep the library waiting in turn.
 *
 * After a row has been written, under the lock that the library holds on it, its version rises and the change is listed.
 * The library is served as a store that believes in nothing is, and knows one side only (decideFence); what it writes
 * over in a merge has to be of this epoch (mayWriteOver, mayCreate), since nobody adopts for it.
 *
 * They run with the rights of who made them: the library's user needs none on the tables of the move.
 */
export function libraryTriggers(table: FencedTable): readonly string[] {
  const side = inSchema(table.sideSchema);
  const { key, data, expires } = table;
  // Without a zone, this cast takes the writer's own.
  const meant = (row: string): string => `${row}.${expires}::timestamptz(3)`;
  const readFence = `select * into fence from ${side('session_fence')} where bucket = ${bucketOfPlain('key')}`;
  return [
    `create function ${side('session_hold_fence')}() returns trigger language plpgsql security definer as $$
begin
  lock table ${side('session_fence')} in access share mode;
  return null;
end $$`,

    `create function ${side('session_written')}() returns trigger language plpgsql ${DEFINER} as $$
declare
  key text := case when tg_op = 'DELETE' then old.${key} else new.${key} end;
  fence record;
  was bigint;
  now_at bigint;
  is_refused boolean := false;
  expires timestamptz(3);
  owner text;
  writer text := 'process/' || coalesce(nullif(current_setting('application_name'), ''), 'unnamed') || '/'
    || coalesce(host(inet_client_addr()), 'local') || '/' || pg_backend_pid();
begin
  if tg_op = 'UPDATE' and new.${key} <> old.${key} then
    raise exception 'the key of a session cannot be changed while its table is being moved'
      using errcode = '${WRITE_UNKNOWN}', hint = 'Insert the session under its new key, and delete the old one.';
  end if;
  ${readFence};
  if current_setting('transaction_isolation') <> 'read committed' then
    ${readFence} for share;
  end if;
  if fence.merge then
    if tg_op = 'INSERT' then
      select t.version into was from ${side('session_tombstone')} t where t.session_key = key;
    else
      was := coalesce((select v.version from ${side('session_version')} v where v.session_key = key), ${UNWRITTEN});
    end if;
    is_refused := was is null or was >> 40 < fence.epoch;
  end if;
  if is_refused or not (fence.state = 'auth' or (fence.state = 'idle' and fence.move_id is null)) then
    raise exception 'this session is served by another database now: the sessions of "%" are being moved', tg_table_name
      using errcode = '${SESSION_MOVED}', hint = 'This process still writes sessions by the library that made the table. '
        'Replace it by the release that opens its sessions through Switchyard; nothing was written.';
  end if;
  if tg_op = 'UPDATE' then
    -- Only the data tells whose session it is now.
    insert into ${side('session_version')} as v (session_key, version, expires_at)
      values (key, ${NEXT_VERSION(String(UNWRITTEN), 'fence.epoch')}, ${meant('new')})
      on conflict (session_key) do update set version = ${NEXT_VERSION('v.version', 'fence.epoch')},
        expires_at = excluded.expires_at, user_id = case when new.${data}::text = old.${data}::text then v.user_id end
      returning v.version into now_at;
  elsif tg_op = 'INSERT' then
    delete from ${side('session_tombstone')} t where t.session_key = key returning t.version into was;
    now_at := case when was is null then ${FIRST_VERSION('fence.epoch')} else ${NEXT_VERSION('was', 'fence.epoch')} end;
    insert into ${side('session_version')} as v (session_key, version, expires_at) values (key, now_at, ${meant('new')})
      on conflict (session_key) do update set version = greatest(v.version, excluded.version), expires_at = excluded.expires_at, user_id = null;
  else
    delete from ${side('session_version')} v where v.session_key = key
      returning v.version, v.expires_at, v.user_id into was, expires, owner;
    was := coalesce(was, ${UNWRITTEN});
    now_at := ${NEXT_VERSION('was', 'fence.epoch')};
    insert into ${side('session_tombstone')} as t (session_key, version, expires_at, user_id)
      values (key, now_at, coalesce(expires, ${readExpiry(table, `old.${expires}`)}), owner)
      on conflict (session_key) do update set version = excluded.version, expires_at = excluded.expires_at, user_id = excluded.user_id;
  end if;
  -- So that an operator sees who is left, as the shop's own processes report themselves; each ten seconds.
  if not exists (select from ${side('session_lease')} where name = writer and expires_at > clock_timestamp() + interval '590 s') then
    insert into ${side('session_lease')} (name, holder, token, expires_at)
      values (writer, '{"role":"library"}', 0, clock_timestamp() + interval '600 s')
      on conflict (name) do update set expires_at = excluded.expires_at;
  end if;
  if fence.capture then
    insert into ${side('session_outbox')} as o (session_key, bucket, version) values (key, fence.bucket, now_at)
      on conflict (session_key) do update set version = greatest(o.version, excluded.version);
  end if;
  return null;
end $$`,

    `create function ${side('session_spare_expired')}() returns trigger language plpgsql ${DEFINER} as $$
declare
  key text := old.${key};
  fence record;
begin
  ${readFence};
  -- A library that cleans up deletes of all buckets at once. What has expired there may stay until the move is over.
  if (fence.merge or not (fence.state = 'auth' or (fence.state = 'idle' and fence.move_id is null)))
    and ${meant('old')} <= clock_timestamp() then
    return null;
  end if;
  return old;
end $$`,

    `create function ${side('session_refuse_truncate')}() returns trigger language plpgsql ${DEFINER} as $$
begin
  if current_setting('switchyard.may_delete', true) is distinct from 'yes'
    and exists (select from ${side('session_fence')} where move_id is not null) then
    raise exception 'a plain % of "%" is refused while its move is under way', tg_op, tg_table_name
      using errcode = 'SY002', hint = 'Delete the sessions by key, or let them expire.';
  end if;
  return null;
end $$`,

    `create trigger switchyard_hold_fence before insert or update or delete on ${table.table} for each statement
  when (${NOT_OURS}) execute function ${side('session_hold_fence')}()`,
    `create trigger switchyard_spare_expired before delete on ${table.table} for each row
  when (${NOT_OURS}) execute function ${side('session_spare_expired')}()`,
    `create trigger switchyard_written after insert or update or delete on ${table.table} for each row
  when (${NOT_OURS}) execute function ${side('session_written')}()`,
    `create trigger switchyard_refuse_truncate before truncate on ${table.table} for each statement
  execute function ${side('session_refuse_truncate')}()`,
  ];
}
