import { inSchema, UNWRITTEN, type FencedTable } from './fenced-table.ts';
import { AS_OTHERS, AS_SITE, FIRST_VERSION, NEXT_VERSION } from './library-triggers-sql.ts';
import { readExpiry, writeExpiry } from './shared-table.ts';

const PLPGSQL = 'language plpgsql set search_path = pg_catalog, pg_temp';

const FENCE_OUT = 'epoch int, state text, merge boolean, floor bigint, capture boolean, move_id uuid';

/**
 * The statements of the site, as functions: a row and what is beside it cannot be judged and written in one statement of
 * SQL without being seen by others half-way. Each call is one statement to its caller, in a transaction of its own; each
 * statement in it has a snapshot of its own, later than the hold of the fences and the lock of the row.
 *
 * The conditions are those of rules.ts. Keys are locked in sorted order, also those that there is no row of: two copies
 * of one key must not pass each other. Locks of rows come after the hold of the fences, for us as for the library.
 */
export function siteFunctions(table: FencedTable): readonly string[] {
  return [writeFunction(table), copyFunction(table)];
}

const begin = (side: (name: string) => string): string => `
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the session store needs READ COMMITTED transactions' using errcode = '25001';
  end if;
  lock table ${side('session_fence')} in access share mode;
  ${AS_SITE}`;

const keyLock = (key: string): string => `hashtextextended('switchyard/' || ${key}, 0)`;

/**
 * The key's lock, its fence, and what is there: is_there for the library's row, version null for nothing at all. Where
 * patient is false, nobody is waited for: is_held says that somebody else has the key or its row.
 */
const look = (table: FencedTable, side: (name: string) => string): string => `
    is_held := not patient and not pg_try_advisory_xact_lock(${keyLock('i.key')});
    if patient then
      perform pg_advisory_xact_lock(${keyLock('i.key')});
    end if;
    select * into strict f from ${side('session_fence')} x where x.bucket = i.bucket;
    if patient then
      select ${readExpiry(table)}::timestamptz(3) into expires from ${table.table} s where s.${table.key} = i.key for update;
    else
      select ${readExpiry(table)}::timestamptz(3) into expires from ${table.table} s where s.${table.key} = i.key for update skip locked;
    end if;
    is_there := found;
    is_held := is_held or (not patient and not is_there and exists (select from ${table.table} s where s.${table.key} = i.key));
    version := null; owner := null;
    if is_there then
      select v.version, v.expires_at, v.user_id into version, was_expires, owner
        from ${side('session_version')} v where v.session_key = i.key;
      expires := coalesce(was_expires, expires);
      version := coalesce(version, ${UNWRITTEN});
    else
      select t.version, t.expires_at, t.user_id into version, expires, owner
        from ${side('session_tombstone')} t where t.session_key = i.key;
    end if;`;

const DECLARE = `
  i record;
  f record;
  is_there boolean;
  is_held boolean;
  version bigint;
  expires timestamptz(3);
  was_expires timestamptz(3);
  owner text;`;

const putVersion = (side: (name: string) => string, values: string): string =>
  `insert into ${side('session_version')} as v (session_key, version, expires_at, user_id) values (${values})
        on conflict (session_key) do update set version = excluded.version, expires_at = excluded.expires_at, user_id = excluded.user_id`;

const putTombstone = (side: (name: string) => string, values: string): string =>
  `insert into ${side('session_tombstone')} as t (session_key, version, expires_at, user_id) values (${values})
        on conflict (session_key) do update set version = excluded.version, expires_at = excluded.expires_at, user_id = excluded.user_id`;

function writeFunction(table: FencedTable): string {
  const side = inSchema(table.sideSchema);
  const { key, data, expires, dataType } = table;
  const list = (ofKey: string, ofVersion: string): string => `
      if f.capture then
        insert into ${side('session_outbox')} as o (session_key, bucket, version) values (${ofKey}, i.bucket, ${ofVersion})
          on conflict (session_key) do update set version = greatest(o.version, excluded.version);
      end if;`;
  const insertRow = (ofKey: string): string => `
        insert into ${table.table} (${key}, ${data}, ${expires})
          values (${ofKey}, i.data::${dataType}, ${writeExpiry(table, 'i.expires_at')}) on conflict (${key}) do nothing;
        is_inserted := found;
        -- A tombstone, of before or of a library that has made and destroyed it just now.
        if is_inserted and exists (select from ${side('session_tombstone')} t where t.session_key = ${ofKey}) then
          delete from ${table.table} s where s.${key} = ${ofKey};
          is_inserted := false;
        end if;`;
  return `create function ${side('session_write')}(
  kinds text[], keys text[], buckets smallint[], believed int[], adopted int[], expiries timestamptz[], datas text[],
  users text[], expected bigint[], steps bigint[], fresh boolean[], new_keys text[], standalone boolean, patient boolean)
returns table (ord int, ${FENCE_OUT}, written bigint, held boolean) ${PLPGSQL} as $$
#variable_conflict use_column
declare${DECLARE}
  is_inserted boolean;
  next_version bigint;
begin${begin(side)}
  for i in select * from unnest(kinds, keys, buckets, believed, adopted, expiries, datas, users, expected, steps, fresh, new_keys)
      with ordinality as u(kind, key, bucket, believed, adopted, expires_at, data, user_id, expected, step, fresh, new_key, ord) order by key
  loop${look(table, side)}
    written := null;
    held := is_held;
    if is_held then
      null;
    elsif not (f.state = 'auth' or (f.state = 'armed' and f.epoch <= i.believed)
      or (standalone and f.state = 'idle' and f.move_id is null)) then
      null;
    elsif i.kind = 'create' then
      if version is null and (not f.merge or i.fresh or f.epoch = i.adopted) then${insertRow('i.key')}
        if is_inserted then
          written := ${FIRST_VERSION('f.epoch')};
          ${putVersion(side, 'i.key, written, i.expires_at, i.user_id')};${list('i.key', 'written')}
        end if;
      end if;
    elsif is_there and expires > clock_timestamp() and (i.expected is null or version = i.expected)
      and (not f.merge or version >> 40 >= f.epoch or f.epoch = i.adopted) then
      next_version := ${NEXT_VERSION('version', 'f.epoch', 'i.step')};
      is_inserted := true;
      if i.kind = 'rename' then
        perform pg_advisory_xact_lock(${keyLock('i.new_key')});${insertRow('i.new_key')}
        if is_inserted then
          written := ${FIRST_VERSION('f.epoch')};
          ${putVersion(side, 'i.new_key, written, i.expires_at, i.user_id')};${list('i.new_key', 'written')}
        end if;
      end if;
      if is_inserted then
        if i.kind = 'update' then
          update ${table.table} s set ${data} = i.data::${dataType}, ${expires} = ${writeExpiry(table, 'i.expires_at')} where s.${key} = i.key;
          ${putVersion(side, 'i.key, next_version, i.expires_at, i.user_id')};
        elsif i.kind = 'touch' then
          update ${table.table} s set ${expires} = ${writeExpiry(table, 'i.expires_at')} where s.${key} = i.key;
          ${putVersion(side, 'i.key, next_version, i.expires_at, owner')};
        else
          delete from ${table.table} s where s.${key} = i.key;
          delete from ${side('session_version')} v where v.session_key = i.key;
          ${putTombstone(side, 'i.key, next_version, expires, owner')};
        end if;${list('i.key', 'next_version')}
        written := coalesce(written, next_version);
      end if;
    end if;
    ord := i.ord; epoch := f.epoch; state := f.state; merge := f.merge; floor := f.floor; capture := f.capture; move_id := f.move_id;
    return next;
  end loop;
  ${AS_OTHERS}
end $$`;
}

function copyFunction(table: FencedTable): string {
  const side = inSchema(table.sideSchema);
  const { key, data, expires, dataType } = table;
  return `create function ${side('session_copy')}(
  keys text[], buckets smallint[], datas text[], expiries timestamptz[], versions bigint[], users text[], moves uuid[],
  adopt int[], deadlines timestamptz[])
returns table (ord int, ${FENCE_OUT}, applied boolean) ${PLPGSQL} as $$
#variable_conflict use_column
declare${DECLARE}
  patient constant boolean := true;
begin${begin(side)}
  for i in select * from unnest(keys, buckets, datas, expiries, versions, users, moves, adopt, deadlines)
      with ordinality as u(key, bucket, data, expires_at, version, user_id, move_id, adopt, deadline, ord) order by key
  loop${look(table, side)}
    applied := i.version > coalesce(version, 0) and i.version >= f.floor and f.move_id is not distinct from i.move_id
      and (i.adopt is null or (f.merge and f.epoch = i.adopt)) and (i.deadline is null or clock_timestamp() < i.deadline);
    if applied and i.data is null then
      delete from ${table.table} s where s.${key} = i.key;
      delete from ${side('session_version')} v where v.session_key = i.key;
      ${putTombstone(side, 'i.key, i.version, i.expires_at, i.user_id')};
    elsif applied then
      if is_there then
        update ${table.table} s set ${data} = i.data::${dataType}, ${expires} = ${writeExpiry(table, 'i.expires_at')} where s.${key} = i.key;
      else
        insert into ${table.table} (${key}, ${data}, ${expires})
          values (i.key, i.data::${dataType}, ${writeExpiry(table, 'i.expires_at')}) on conflict (${key}) do nothing;
        -- The library has made it just now: what came is older.
        applied := found;
      end if;
      if applied then
        delete from ${side('session_tombstone')} t where t.session_key = i.key;
        ${putVersion(side, 'i.key, i.version, i.expires_at, i.user_id')};
      end if;
    end if;
    ord := i.ord; epoch := f.epoch; state := f.state; merge := f.merge; floor := f.floor; capture := f.capture; move_id := f.move_id;
    return next;
  end loop;
  ${AS_OTHERS}
end $$`;
}
