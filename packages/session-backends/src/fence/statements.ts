import { COUNTERS_BEGIN_AT } from './rules.ts';

/**
 * The SQL of a PostgreSQL site. Each operation is one statement that checks the fence and acts; the conditions are those
 * of rules.ts, and property tests hold the two together.
 *
 * Every operation has a form for a set (arrays, unnested) and a plain one for a single item, which costs the server a
 * third less.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The form for a set: an array for each column, in this order; the data of all rows as one text. */
export interface SetStatement extends Statement {
  readonly columns: readonly SetColumn[];
}

const FENCE = 'epoch, state, merge, floor, capture, move_id';
const fenceColumns = (from: string): string =>
  FENCE.split(', ')
    .map((column) => `${from}.${column}`)
    .join(', ');
/** The fence in two columns. Nearly always it serves, and is otherwise empty: then the second is null, which costs nothing. */
const fenceOf = (from: string): string =>
  `${from}.epoch, case when ${from}.state <> 'auth' or ${from}.merge or ${from}.floor <> 0 or ${from}.capture or ${from}.move_id is not null
      then concat_ws(' ', ${from}.state, ${from}.merge, ${from}.floor, ${from}.capture, ${from}.move_id) end as fence`;

/** nextVersion */
const nextVersion = (step: string, fence = 'f'): string =>
  `case when s.version >> 40 >= ${fence}.epoch then s.version + ${step} else (${fence}.epoch::bigint << 40) + ${step} end`;

/** firstVersion */
const FIRST_VERSION = `(f.epoch::bigint << 40)
    + greatest(1, (extract(epoch from clock_timestamp()) * 1000)::bigint - ${COUNTERS_BEGIN_AT})`;
const LIVE = 's.data is not null and s.expires_at > clock_timestamp()';

/** decideFence. A site that stands alone also serves while no move has claimed it. */
const serves = (believed: string, standalone: boolean, fence = 'f'): string =>
  `(${fence}.state = 'auth' or (${fence}.state = 'armed' and ${fence}.epoch <= ${believed})` +
  `${standalone ? ` or (${fence}.state = 'idle' and ${fence}.move_id is null)` : ''})`;

/** mayWriteOver */
const mayWriteOver = (version: string, adopted: string, fence = 'f'): string =>
  `(not ${fence}.merge or ${version} >> 40 >= ${fence}.epoch or ${fence}.epoch = ${adopted})`;

/** Times travel as milliseconds since 1970: neither side has to write or read a date. */
const toTime = (ms: string): string => `to_timestamp(${ms}::float8 / 1000)`;
const toMs = (time: string): string => `(date_part('epoch', ${time}) * 1000)::bigint`;

const readFences: Statement = {
  name: 'sy_fences',
  text: `select ${fenceOf('f')}, current_setting('transaction_isolation') as isolation from session_fence f order by f.bucket`,
};

/** Live is what comes with data. */
const ROW = `s.version, ${toMs('s.expires_at')} as expires, s.user_id, case when s.expires_at > clock_timestamp() then s.data end as data`;

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

/** What a write leaves behind for the worker. `from` has the keys, buckets and versions written, and their fences. */
const outbox = (from: string): string => `
  o as (insert into session_outbox (session_key, bucket, version)
    select w.session_key, f.bucket, w.version from ${from} where f.capture
    on conflict (session_key) do update set version = greatest(session_outbox.version, excluded.version))`;

/** As above, of a set; in one order, as whoever clears the outbox may hold some of it. */
const outboxOfSet = `
  o as (insert into session_outbox (session_key, bucket, version)
    select w.key, w.bucket, w.version from w where w.capture order by w.key
    on conflict (session_key) do update set version = greatest(session_outbox.version, excluded.version))`;

/** The columns that each kind of write sets, given where its values come from. */
const ASSIGNMENTS = {
  update: (data: string, expires: string, user: string, version: string): string =>
    `data = ${data}, expires_at = ${toTime(expires)}, user_id = ${user}, version = ${version}`,
  touch: (_data: string, expires: string, _user: string, version: string): string =>
    `expires_at = ${toTime(expires)}, version = ${version}`,
  destroy: (_data: string, _expires: string, _user: string, version: string): string =>
    `data = null, version = ${version}`,
} as const;

export type ChangeKind = keyof typeof ASSIGNMENTS;

/**
 * To make ready for a list that is written only during a move costs a single write part of its time. So there is a form
 * that lists nothing, and does nothing where that is not enough.
 */
export interface OneWrite {
  readonly unlisted: Statement;
  readonly listed: Statement;
}

const UNLISTED = ' and not f.capture';
const nameOfOne = (kind: string, standalone: boolean, lists: boolean): string =>
  `sy_${kind}${lists ? '_listed' : ''}${standalone ? '_alone' : ''}`;

/** $1 key, $2 bucket, $3 believed epoch, $4 adopted epoch, then by kind: $5 expiry, $6 data, $7 user, $8 expected version, $9 step */
const changeOne = (kind: ChangeKind, standalone: boolean, lists: boolean): Statement => ({
  name: nameOfOne(kind, standalone, lists),
  text: `with f as materialized (select bucket, ${FENCE} from session_fence where bucket = $2),
  w as (update session s set ${ASSIGNMENTS[kind]('$6', '$5', '$7', nextVersion(kind === 'update' ? '$9::bigint' : '1'))} from f
    where s.session_key = $1 and ${serves('$3::int', standalone)} and ${LIVE}
      ${kind === 'update' ? 'and ($8::bigint is null or s.version = $8)' : ''}
      and ${mayWriteOver('s.version', '$4::int')}${lists ? '' : UNLISTED}
    returning s.session_key, s.version)${lists ? `, ${outbox('w, f')}` : ''}
  select ${fenceOf('f')}, (select version from w) as written from f`,
});

const SET_COLUMNS = {
  key: 'text',
  bucket: 'smallint',
  believed: 'int',
  adopted: 'int',
  expires: 'float8',
  user_id: 'text',
  expected: 'bigint',
  step: 'bigint',
  fresh: 'boolean',
  data: 'text',
} as const;

export type SetColumn = keyof typeof SET_COLUMNS;

/**
 * Between the data of one row and the next: JSON does not have it. An array of large texts would be quoted here and unquoted
 * there, at the price of the rest of the statement.
 */
export const DATA_SEPARATOR = '\x1f';

/** An array for each column. */
const setOf = (columns: readonly SetColumn[]): string => {
  const arrays = columns.map((column, i) =>
    column === 'data' ? `string_to_array($${i + 1}::text, chr(31))` : `$${i + 1}::${SET_COLUMNS[column]}[]`,
  );
  return `i as materialized (select * from unnest(${arrays.join(', ')}) with ordinality as a(${columns.join(', ')}, ord))`;
};

const BASE = ['key', 'bucket', 'believed', 'adopted'] as const;
const CHANGE_COLUMNS: Readonly<Record<ChangeKind, readonly SetColumn[]>> = {
  update: [...BASE, 'expires', 'user_id', 'expected', 'step', 'data'],
  touch: [...BASE, 'expires'],
  destroy: BASE,
};
const CREATE_COLUMNS: readonly SetColumn[] = [...BASE, 'expires', 'user_id', 'fresh', 'data'];

/**
 * What was written, then what was not. Nowhere is a set joined with what came of it: a generic plan, which thinks of ten
 * rows, would compare every row with every other.
 */
const answersOfSet = (isHeld: string): string => `
  select w.ord::int, ${fenceOf('w')}, w.version as written, null::boolean as held from w
  union all
  select i.ord::int, ${fenceOf('f')}, null, ${isHeld} from i join session_fence f on f.bucket = i.bucket
    where i.ord not in (select ord from w)`;

/** A row that somebody else holds is passed over: a set waits for nobody, and so no two can wait for each other. */
const changeSet = (kind: ChangeKind, standalone: boolean): SetStatement => ({
  name: `sy_${kind}_set${standalone ? '_alone' : ''}`,
  columns: CHANGE_COLUMNS[kind],
  text: `with ${setOf(CHANGE_COLUMNS[kind])},
  l as materialized (select i.*, ${fenceColumns('f')}
    from i join session_fence f on f.bucket = i.bucket join session s on s.session_key = i.key for update of s skip locked),
  w as (update session s set ${ASSIGNMENTS[kind]('l.data', 'l.expires', 'l.user_id', nextVersion(kind === 'update' ? 'l.step' : '1', 'l'))}
    from l where s.session_key = l.key and ${serves('l.believed', standalone, 'l')} and ${LIVE}
      ${kind === 'update' ? 'and (l.expected is null or s.version = l.expected)' : ''}
      and ${mayWriteOver('s.version', 'l.adopted', 'l')}
    returning l.ord, l.key, l.bucket, s.version, ${fenceColumns('l')}),
  ${outboxOfSet}
  ${answersOfSet(`i.ord not in (select ord from l) and exists (select from session s where s.session_key = i.key) or null`)}`,
});

/** In merge a key that somebody else may know has to be looked for on the other side first. */
const mayCreate = (fresh: string, adopted: string): string => `(not f.merge or ${fresh} or f.epoch = ${adopted})`;

/** $1 key, $2 bucket, $3 believed epoch, $4 adopted epoch, $5 expiry, $6 data, $7 user, $8 fresh */
const createOne = (standalone: boolean, lists: boolean): Statement => ({
  name: nameOfOne('create', standalone, lists),
  text: `with f as materialized (select bucket, ${FENCE} from session_fence where bucket = $2),
  w as (insert into session (session_key, expires_at, data, user_id, version)
    select $1, ${toTime('$5')}, $6, $7, ${FIRST_VERSION} from f
    where ${serves('$3::int', standalone)} and ${mayCreate('$8::boolean', '$4::int')}${lists ? '' : UNLISTED}
    on conflict (session_key) do nothing returning session_key, version)${lists ? `, ${outbox('w, f')}` : ''}
  select ${fenceOf('f')}, (select version from w) as written from f`,
});

const createSet = (standalone: boolean): SetStatement => ({
  name: `sy_create_set${standalone ? '_alone' : ''}`,
  columns: CREATE_COLUMNS,
  text: `with ${setOf(CREATE_COLUMNS)},
  l as materialized (select i.*, ${fenceColumns('f')}, ${FIRST_VERSION} as version from i join session_fence f on f.bucket = i.bucket
    where ${serves('i.believed', standalone)} and ${mayCreate('i.fresh', 'i.adopted')}),
  c as (insert into session (session_key, expires_at, data, user_id, version)
    select l.key, ${toTime('l.expires')}, l.data, l.user_id, l.version from l order by l.key
    on conflict (session_key) do nothing returning session_key),
  m as materialized (select l.*, l.key in (select session_key from c) as is_new from l),
  w as (select * from m where is_new),
  ${outboxOfSet}
  ${answersOfSet('null')}`,
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
    select $9, ${toTime('$5')}, $6, $7, ${FIRST_VERSION}, l.created_at from l, f
    on conflict (session_key) do nothing returning session_key, version),
  t as (update session s set data = null, version = ${nextVersion('1')} from f, n
    where s.session_key = $1 returning s.session_key, s.version),
  w as (select * from n union all select * from t),
  ${outbox('w, f')}
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
  readonly change: Readonly<Record<ChangeKind, { readonly one: OneWrite; readonly set: SetStatement }>>;
  readonly create: { readonly one: OneWrite; readonly set: SetStatement };
  readonly rename: Statement;
  readonly copy: { readonly one: Statement; readonly set: Statement };
}

/** `standalone`: the store knows this site only, see decideFence. */
export function siteStatements(standalone: boolean): SiteStatements {
  const one = (make: (lists: boolean) => Statement): OneWrite => ({ unlisted: make(false), listed: make(true) });
  const change = (kind: ChangeKind): { one: OneWrite; set: SetStatement } => ({
    one: one((lists) => changeOne(kind, standalone, lists)),
    set: changeSet(kind, standalone),
  });
  return {
    readFences,
    load: { one: loadOne, set: loadSet },
    change: { update: change('update'), touch: change('touch'), destroy: change('destroy') },
    create: { one: one((lists) => createOne(standalone, lists)), set: createSet(standalone) },
    rename: rename(standalone),
    copy: { one: copyOne, set: copySet },
  };
}
