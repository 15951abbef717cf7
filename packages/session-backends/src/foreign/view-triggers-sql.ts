import { inSchema, type FencedTable } from './fenced-table.ts';
import { AS_OTHERS, AS_SITE } from './library-triggers-sql.ts';

/**
 * What a repair may do to a row through the view, as it does to our own table: raise its version, or take it away. Each
 * under the row's lock and only if its version still is the one that was read; else nothing is done.
 */
export function viewTriggers(table: FencedTable): readonly string[] {
  const side = inSchema(table.sideSchema);
  const { key } = table;
  return [
    `create function ${side('session_repair')}() returns trigger language plpgsql
  set search_path = pg_catalog, pg_temp as $$
declare
  at_version bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('switchyard/' || old.session_key, 0));
  perform from ${table.table} s where s.${key} = old.session_key for update;
  select s.version into at_version from ${side('session')} s where s.session_key = old.session_key;
  if at_version is distinct from old.version then
    return null;
  end if;
  if tg_op = 'DELETE' then
    ${AS_SITE}
    delete from ${table.table} s where s.${key} = old.session_key;
    ${AS_OTHERS}
    delete from ${side('session_version')} where session_key = old.session_key;
    delete from ${side('session_tombstone')} where session_key = old.session_key;
    return old;
  end if;
  if (new.session_key, new.data, new.expires_at, new.user_id) is distinct from (old.session_key, old.data, old.expires_at, old.user_id)
    or new.version <= old.version then
    raise exception 'sessions are written through the session store' using errcode = 'SY001';
  end if;
  update ${side('session_tombstone')} set version = new.version where session_key = old.session_key;
  if not found then
    insert into ${side('session_version')} as v (session_key, version, expires_at, user_id)
      values (old.session_key, new.version, old.expires_at, old.user_id)
      on conflict (session_key) do update set version = excluded.version;
  end if;
  return new;
end $$`,
    `create trigger session_repaired instead of update or delete on ${side('session')} for each row
  execute function ${side('session_repair')}()`,
  ];
}
