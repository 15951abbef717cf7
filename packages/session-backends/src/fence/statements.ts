import { COUNTERS_BEGIN_AT } from './rules.ts';

/**
 * The SQL of a PostgreSQL site. Each operation is one statement that checks the fence and acts; the conditions are those
 * of rules.ts, and property tests hold the two together.
 *
 * Every operation has a form for a set (arrays, unnested) and a plain one for a single item, which costs the server a
 * third less. A set locks its keys in sorted order.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const FENCE = 'epoch, state, merge, floor, capture, move_id';
const fenceOf = (from: string): string =>
  FENCE.split(', ')
    .map((column) => `${from}.${column}`)
    .join(', ');

/** nextVersion */
const nextVersion = (step: string): string =>
  `case when s.version >> 40 >= f.epoch then s.version + ${step} else (f.epoch::bigint << 40) + ${step} end`;

/** firstVersion */
const FIRST_VERSION = `(f.epoch::bigint << 40)
    + greatest(1, (extract(epoch from clock_timestamp()) * 1000)::bigint - ${COUNTERS_BEGIN_AT})`;
const LIVE = 's.data is not null and s.expires_at > clock_timestamp()';

/** decideFence. A site that stands alone also serves while no move has claimed it. */
const serves = (believed: string, standalone: boolean): string =>
  `(f.state = 'auth' or (f.state = 'armed' and f.epoch <= ${believed})` +
  `${standalone ? ` or (f.state = 'idle' and f.move_id is null)` : ''})`;

/** mayWriteOver */
const mayWriteOver = (version: string, adopted: string): string =>
  `(not f.merge or ${version} >> 40 >= f.epoch or f.epoch = ${adopted})`;

const readFences: Statement = {
  name: 'sy_fences',
  text: `select bucket, ${FENCE}, current_setting('transaction_isolation') as isolation from session_fence order by bucket`,
};

const ROW = `s.version, s.expires_at, s.user_id, (${LIVE}) as live, case when s.expires_at > clock_timestamp() then s.data end as data`;

const loadOne: Statement = {
  name: 'sy_load',
  text: `select ${fenceOf('f')}, ${ROW} from session_fence f left join session s on s.session_key = $1 where f.bucket = $2`,
};

const loadSet: Statement = {
  name: 'sy_load_set',
  text: `select i.ord::int, ${fenceOf('f')}, ${ROW}
    from unnest($1::text[], $2::smallint[]) with ordinality as i(key, bucket, ord)
    join session_fence f on f.bucket = i.bucket
    left join session s on s.session_key = i.key`,
};

/** What a write leaves behind for the worker. `w` has the keys and versions written. */
const outbox = (bucket: string, from: string): string => `
  o as (insert into session_outbox (session_key, bucket, version)
    select w.session_key, ${bucket}, w.version from ${from} where f.capture
    on conflict (session_key) do update set version = greatest(session_outbox.version, excluded.version))`;

/** The columns that each kind of write sets, given where its values come from. */
const ASSIGNMENTS = {
  update: (data: string, expires: string, user: string, step: string): string =>
    `data = ${data}, expires_at = ${expires}, user_id = ${user}, version = ${nextVersion(step)}`,
  touch: (_data: string, expires: string): string => `expires_at = ${expires}, version = ${nextVersion('1')}`,
  destroy: (): string => `data = null, version = ${nextVersion('1')}`,
} as const;

export type ChangeKind = keyof typeof ASSIGNMENTS;

/** $1 key, $2 bucket, $3 believed epoch, $4 adopted epoch, then by kind: $5 expiry, $6 data, $7 user, $8 expected version, $9 step */
const changeOne = (kind: ChangeKind, standalone: boolean): Statement => ({
  name: `sy_${kind}${standalone ? '_alone' : ''}`,
  text: `with f as materialized (select bucket, ${FENCE} from session_fence where bucket = $2),
  w as (update session s set ${ASSIGNMENTS[kind]('$6', '$5', '$7', '$9::bigint')} from f
    where s.session_key = $1 and ${serves('$3::int', standalone)} and ${LIVE}
      ${kind === 'update' ? 'and ($8::bigint is null or s.version = $8)' : ''}
      and ${mayWriteOver('s.version', '$4::int')}
    returning s.session_key, s.version),
  ${outbox('f.bucket', 'w, f')}
  select ${fenceOf('f')}, (select version from w) as written from f`,
});

/** $1 keys, $2 buckets, $3 believed, $4 adopted, $5 expiries, $6 data, $7 users, $8 expected versions, $9 steps, of one kind */
const changeSet = (kind: ChangeKind, standalone: boolean): Statement => ({
  name: `sy_${kind}_set${standalone ? '_alone' : ''}`,
  text: `with i as materialized (
    select * from unnest($1::text[], $2::smallint[], $3::int[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
      with ordinality as i(key, bucket, believed, adopted, expires_at, data, user_id, expected, step, ord)),
  l as materialized (select s.session_key from session s join i on i.key = s.session_key order by s.session_key for update of s),
  w as (update session s set ${ASSIGNMENTS[kind]('i.data', 'i.expires_at', 'i.user_id', 'i.step')}
    from l join i on i.key = l.session_key join session_fence f on f.bucket = i.bucket
    where s.session_key = l.session_key and ${serves('i.believed', standalone)} and ${LIVE}
      ${kind === 'update' ? 'and (i.expected is null or s.version = i.expected)' : ''}
      and ${mayWriteOver('s.version', 'i.adopted')}
    returning s.session_key, s.version),
  ${outbox('i.bucket', 'w join i on i.key = w.session_key join session_fence f on f.bucket = i.bucket')}
  select i.ord::int, ${fenceOf('f')}, w.version as written
    from i join session_fence f on f.bucket = i.bucket left join w on w.session_key = i.key`,
});

/** In merge a key that somebody else may know has to be looked for on the other side first. */
const mayCreate = (fresh: string, adopted: string): string => `(not f.merge or ${fresh} or f.epoch = ${adopted})`;

/** $1 key, $2 bucket, $3 believed epoch, $4 adopted epoch, $5 expiry, $6 data, $7 user, $8 fresh */
const createOne = (standalone: boolean): Statement => ({
  name: `sy_create${standalone ? '_alone' : ''}`,
  text: `with f as materialized (select bucket, ${FENCE} from session_fence where bucket = $2),
  w as (insert into session (session_key, expires_at, data, user_id, version)
    select $1, $5, $6, $7, ${FIRST_VERSION} from f
    where ${serves('$3::int', standalone)} and ${mayCreate('$8::boolean', '$4::int')}
    on conflict (session_key) do nothing returning session_key, version),
  ${outbox('f.bucket', 'w, f')}
  select ${fenceOf('f')}, (select version from w) as written from f`,
});

/** $1 keys, $2 buckets, $3 believed, $4 adopted, $5 expiries, $6 data, $7 users, $8 fresh */
const createSet = (standalone: boolean): Statement => ({
  name: `sy_create_set${standalone ? '_alone' : ''}`,
  text: `with i as materialized (
    select * from unnest($1::text[], $2::smallint[], $3::int[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::boolean[])
      with ordinality as i(key, bucket, believed, adopted, expires_at, data, user_id, fresh, ord)),
  w as (insert into session (session_key, expires_at, data, user_id, version)
    select i.key, i.expires_at, i.data, i.user_id, ${FIRST_VERSION} from i join session_fence f on f.bucket = i.bucket
    where ${serves('i.believed', standalone)} and ${mayCreate('i.fresh', 'i.adopted')} order by i.key
    on conflict (session_key) do nothing returning session_key, version),
  ${outbox('i.bucket', 'w join i on i.key = w.session_key join session_fence f on f.bucket = i.bucket')}
  select i.ord::int, ${fenceOf('f')}, w.version as written
    from i join session_fence f on f.bucket = i.bucket left join w on w.session_key = i.key`,
});

/**
 * Both rows change or neither: the old row is locked, the new key inserted if it is free, and the tombstone written if
 * that happened. $1 key, $2 bucket, $3 believed, $4 adopted, $5 expiry, $6 data, $7 user, $8 expected version, $9 new key
 */
const rename = (standalone: boolean): Statement => ({
  name: `sy_rename${standalone ? '_alone' : ''}`,
  text: `with f as materialized (select bucket, ${FENCE} from session_fence where bucket = $2),
  l as materialized (select s.session_key, s.created_at from session s, f
    where s.session_key = $1 and ${serves('$3::int', standalone)} and ${LIVE}
      and ($8::bigint is null or s.version = $8) and ${mayWriteOver('s.version', '$4::int')}
    for update of s),
  n as (insert into session (session_key, expires_at, data, user_id, version, created_at)
    select $9, $5, $6, $7, ${FIRST_VERSION}, l.created_at from l, f
    on conflict (session_key) do nothing returning session_key, version),
  t as (update session s set data = null, version = ${nextVersion('1')} from f, n
    where s.session_key = $1 returning s.session_key, s.version),
  w as (select * from n union all select * from t),
  ${outbox('f.bucket', 'w, f')}
  select ${fenceOf('f')}, (select version from n) as written from f`,
});

const COPY_COLUMNS = 'session_key, data, expires_at, version, user_id';
const COPY_UPDATE = `on conflict (session_key) do update
    set data = excluded.data, expires_at = excluded.expires_at, version = excluded.version, user_id = excluded.user_id
    where s.version < excluded.version returning s.session_key`;

/** copyApplies, mayAdopt, the move and the deadline. */
const mayCopy = (version: string, moveId: string, adopt: string, deadline: string): string =>
  `${version} >= f.floor and f.move_id is not distinct from ${moveId}
    and (${adopt} is null or (f.merge and f.epoch = ${adopt})) and (${deadline} is null or clock_timestamp() < ${deadline})`;

/** $1 key, $2 bucket, $3 data, $4 expiry, $5 version, $6 user, $7 move, $8 adoption's epoch, $9 deadline */
const copyOne: Statement = {
  name: 'sy_copy',
  text: `with f as materialized (select bucket, ${FENCE} from session_fence where bucket = $2),
  w as (insert into session as s (${COPY_COLUMNS}) select $1, $3, $4, $5, $6 from f
    where ${mayCopy('$5::bigint', '$7::uuid', '$8::int', '$9::timestamptz')} ${COPY_UPDATE})
  select ${fenceOf('f')}, exists (select from w) as applied from f`,
};

/**
 * The same, as arrays; but the data of all rows as one run of bytes, $3, with where each begins, $10, and how long it is,
 * $11: an array of large texts would be quoted here and unquoted there, at the price of the rest of the copy. What was applied
 * is looked up, not joined: a generic plan, which thinks of ten rows, would compare every row with every other.
 */
const copySet: Statement = {
  name: 'sy_copy_set',
  text: `with i as materialized (
    select a.*, convert_from(substr($3::bytea, a.start, a.length), 'UTF8') as data
    from unnest($1::text[], $2::smallint[], $4::timestamptz[], $5::bigint[], $6::text[], $7::uuid[], $8::int[], $9::timestamptz[], $10::int[], $11::int[])
      with ordinality as a(key, bucket, expires_at, version, user_id, move_id, adopt, deadline, start, length, ord)),
  w as (insert into session as s (${COPY_COLUMNS})
    select i.key, i.data, i.expires_at, i.version, i.user_id from i join session_fence f on f.bucket = i.bucket
    where ${mayCopy('i.version', 'i.move_id', 'i.adopt', 'i.deadline')} order by i.key ${COPY_UPDATE})
  select i.ord::int, ${fenceOf('f')}, i.key in (select session_key from w) as applied
    from i join session_fence f on f.bucket = i.bucket`,
};

export interface SiteStatements {
  readonly readFences: Statement;
  readonly load: { readonly one: Statement; readonly set: Statement };
  readonly change: Readonly<Record<ChangeKind, { readonly one: Statement; readonly set: Statement }>>;
  readonly create: { readonly one: Statement; readonly set: Statement };
  readonly rename: Statement;
  readonly copy: { readonly one: Statement; readonly set: Statement };
}

/** `standalone`: the store knows this site only, see decideFence. */
export function siteStatements(standalone: boolean): SiteStatements {
  const change = (kind: ChangeKind): { one: Statement; set: Statement } => ({
    one: changeOne(kind, standalone),
    set: changeSet(kind, standalone),
  });
  return {
    readFences,
    load: { one: loadOne, set: loadSet },
    change: { update: change('update'), touch: change('touch'), destroy: change('destroy') },
    create: { one: createOne(standalone), set: createSet(standalone) },
    rename: rename(standalone),
    copy: { one: copyOne, set: copySet },
  };
}
