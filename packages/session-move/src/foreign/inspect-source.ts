import type { MoveDatabase, MoveRow } from '../move-database.ts';
import type { SourceName } from './move-source.ts';

/** What a database says of a library's table and of what may be done to it. Nothing is changed by asking. */
export interface SourceFacts {
  readonly serverVersion: number;
  readonly isReplica: boolean;
  /** As pg_class has it: "r" is an ordinary table. `undefined`: there is none of this name. */
  readonly kind: string | undefined;
  /** By the planner's estimate. */
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly SourceColumn[];
  /** The columns of each unique index that is whole and valid. */
  readonly uniqueKeys: readonly string[];
  /** Foreign keys from it or to it, rules, row-level security: by what they are called. */
  readonly entanglements: readonly string[];
  /** The role that asks. */
  readonly user: string;
  readonly isOwner: boolean;
  readonly mayRead: boolean;
  /** What it may not do of that which a shop, and the way back of a move, do with rows. */
  readonly mayNot: readonly string[];
  readonly mayTrigger: boolean;
  readonly mayTruncate: boolean;
  /** May make the schema of the move, or tables in it where it is there. */
  readonly mayCreate: boolean;
  /** Defaults of transactions other than READ COMMITTED, and whose. */
  readonly isolations: readonly string[];
  /** The time zones of those who may write to it, by role. */
  readonly timeZones: Readonly<Record<string, string>>;
  /** The roles that write to it and are not the one that asks. */
  readonly otherWriters: readonly string[];
  /** Keys are compared byte by byte: only then can its index be walked in step with another database's. */
  readonly isByteOrder: boolean;
  /** Sessions that have no key, no data or no end, or end later than JavaScript can tell. */
  readonly hasStrangeRows: boolean;
  /**
   * The schema of the move: absent, made for a move (with the definition it was made for), made for one and closed to
   * this user, or somebody else's.
   */
  readonly sideSchema: 'absent' | 'foreign' | 'closed' | { readonly definition: unknown };
}

export interface SourceColumn {
  readonly name: string;
  readonly type: string;
  /** Not null, and without a default. */
  readonly isDemanded: boolean;
  /** In an order of its own, not the database's. */
  readonly hasCollation: boolean;
}

const TABLE = `select c.oid, c.relkind as kind, greatest(0, c.reltuples)::float8 as rows, pg_total_relation_size(c.oid)::float8 as bytes,
    c.relrowsecurity as row_security, pg_has_role(c.relowner, 'usage') as is_owner,
    has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as may_read,
    array(select r from unnest(array['insert', 'update', 'delete']) as u(r) where not has_table_privilege(c.oid, r)) as may_not,
    has_table_privilege(c.oid, 'trigger') as may_trigger,
    has_table_privilege(c.oid, 'truncate') as may_truncate
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`;

const SERVER = `select current_user as user, current_setting('server_version_num')::int as version, pg_is_in_recovery() as replica,
  current_setting('default_transaction_isolation') as isolation,
  (select reset_val from pg_settings where name = 'TimeZone') as time_zone,
  case when to_regnamespace(quote_ident($1)) is null then has_database_privilege(current_database(), 'create')
    else has_schema_privilege($1, 'create') end as may_create,
  to_regnamespace(quote_ident($1)) is not null as side_schema,
  (select bool_and(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
      and (c.relname = 'session_source' or has_table_privilege(c.oid, 'update')))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relname in ('session_source', 'session_fence')
    having bool_or(c.relname = 'session_source')) as is_open`;

const COLUMNS = `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull as filled, a.attnotnull and not a.atthasdef and a.attidentity = '' as demanded,
    a.attcollation not in (0, (select oid from pg_collation where collname = 'default')) as collated
  from pg_attribute a where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum`;

const UNIQUE = `select string_agg(a.attname, ', ') as columns from pg_index i join pg_attribute a on a.attrelid = i.indrelid
    and a.attnum = any ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
  where i.indrelid = $1 and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null group by i.indexrelid`;

const ENTANGLED = `select 'foreign key ' || conname as what from pg_constraint where contype = 'f' and $1 in (conrelid, confrelid)
  union all select 'rule ' || rulename from pg_rewrite where ev_class = $1
  union all select 'partition or child table ' || inhrelid::regclass::text from pg_inherits where $1 in (inhrelid, inhparent)`;

/** Whoever may insert: by a grant, or as the owner; not those who may do everything anywhere. */
const WRITERS = `select r.rolname as role, (select s.setting from (
      select substr(u.setting, length('TimeZone=') + 1) as setting, (d.setrole <> 0)::int * 2 + (d.setdatabase <> 0)::int as weight
      from pg_db_role_setting d cross join unnest(d.setconfig) as u(setting)
      where d.setrole in (r.oid, 0) and d.setdatabase in ((select oid from pg_database where datname = current_database()), 0)
        and u.setting ilike 'TimeZone=%' order by weight desc limit 1) s) as time_zone, r.rolname = current_user as is_self
  from pg_roles r join pg_class c on c.oid = $1
  where (r.oid = c.relowner or (has_table_privilege(r.oid, c.oid, 'insert') and not r.rolsuper and r.rolcanlogin)) and r.rolname !~ '^pg_'`;

const ISOLATIONS = `select coalesce(r.rolname, 'every role') || ' in ' || coalesce(b.datname, 'every database') || ': ' || substr(u.setting, strpos(u.setting, '=') + 1) as what
  from pg_db_role_setting d cross join unnest(d.setconfig) as u(setting)
  left join pg_roles r on r.oid = d.setrole left join pg_database b on b.oid = d.setdatabase
  where u.setting ilike 'default_transaction_isolation=%' and u.setting not ilike '%=read committed'
    and (d.setdatabase = 0 or b.datname = current_database())`;

/** The order of a column's own collation against that of the bytes, by all pairs of characters that keys are made of. */
const BYTE_ORDER = (column: string, table: string): string => `with letters as (
    select unnest(string_to_array('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz', null)) as letter),
  words as (select ${column} as word from ${table} where false union all select a.letter || b.letter from letters a, letters b),
  ordered as (select row_number() over (order by word) as here, row_number() over (order by word collate "C") as by_byte from words)
  select bool_and(here = by_byte) as same from ordered`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The names of columns. */
export interface SourceColumns {
  readonly key: string;
  readonly data: string;
  readonly expires: string;
}

/** An index that the library makes serves the first, the key's the second; the others are asked where there may be such. */
const STRANGE = ({ key, expires }: SourceColumns, nullable: readonly string[], table: string): string =>
  `select ${[
    `${quoted(expires)} >= '10000-01-01'`,
    `${quoted(key)} = ''`,
    ...nullable.map((name) => `${quoted(name)} is null`),
  ]
    .map((condition) => `exists (select from ${table} where ${condition})`)
    .join(' or ')} as strange`;

export async function inspectSource(
  database: MoveDatabase,
  name: SourceName,
  names: SourceColumns,
): Promise<SourceFacts> {
  const [server] = await database.query(SERVER, [name.sideSchema]);
  const [table] = await database.query(TABLE, [name.schema, name.table]);
  const oid = table?.['oid'];
  const ask = async (text: string): Promise<readonly MoveRow[]> =>
    oid === undefined ? [] : database.query(text, [oid]);
  const [columns, unique, entangled, writers] = [
    await ask(COLUMNS),
    await ask(UNIQUE),
    await ask(ENTANGLED),
    await ask(WRITERS),
  ];
  const isolations = (await database.query(ISOLATIONS)).map(({ what }) => String(what));
  if (isolations.length === 0 && server?.['isolation'] !== 'read committed')
    isolations.push(`the server: ${String(server?.['isolation'])}`);
  const own = Object.values(names).map((wanted: string) => columns.find(({ name: found }) => found === wanted));
  const [keyType, , expiresType] = own.map((column) => String(column?.['type']));
  const nullable = own.flatMap((column) => (column?.['filled'] === false ? [String(column['name'])] : []));
  const mayRead = table?.['may_read'] === true;
  const from = `${quoted(name.schema)}.${quoted(name.table)}`;
  const hasKey = mayRead && /^(character varying|text)/.test(String(keyType));
  const [order] = hasKey ? await database.query(BYTE_ORDER(quoted(names.key), from)) : [];
  const hasAll = hasKey && own.every((column) => column !== undefined) && expiresType?.startsWith('timestamp') === true;
  const [rows] = hasAll ? await database.query(STRANGE(names, nullable, from)) : [];
  return {
    serverVersion: Number(server?.['version']),
    isReplica: server?.['replica'] === true,
    kind: table?.['kind'] as string | undefined,
    rows: Number(table?.['rows'] ?? 0),
    bytes: Number(table?.['bytes'] ?? 0),
    columns: columns.map((column) => ({
      name: String(column['name']),
      type: String(column['type']),
      isDemanded: column['demanded'] === true,
      hasCollation: column['collated'] === true,
    })),
    uniqueKeys: unique.map((index) => String(index['columns'])),
    entanglements: [
      ...entangled.map(({ what }) => String(what)),
      ...(table?.['row_security'] === true ? ['row-level security'] : []),
    ],
    user: String(server?.['user']),
    isOwner: table?.['is_owner'] === true,
    mayRead,
    mayNot: (table?.['may_not'] as readonly string[] | undefined) ?? [],
    mayTrigger: table?.['may_trigger'] === true,
    mayTruncate: table?.['may_truncate'] === true,
    mayCreate: server?.['may_create'] === true,
    isolations,
    timeZones: Object.fromEntries(
      writers.map((writer) => [String(writer['role']), String(writer['time_zone'] ?? server?.['time_zone'])]),
    ),
    otherWriters: writers.flatMap((writer) => (writer['is_self'] === true ? [] : [String(writer['role'])])),
    isByteOrder: order?.['same'] === true,
    hasStrangeRows: rows?.['strange'] === true,
    sideSchema: await sideSchemaOf(database, name.sideSchema, server),
  };
}

async function sideSchemaOf(
  database: MoveDatabase,
  sideSchema: string,
  server: MoveRow | undefined,
): Promise<SourceFacts['sideSchema']> {
  if (server?.['side_schema'] !== true) return 'absent';
  if (server['is_open'] === null) return 'foreign';
  if (server['is_open'] === false) return 'closed';
  const [row] = await database.query(`select definition from ${quoted(sideSchema)}.session_source`);
  return { definition: row?.['definition'] };
}
