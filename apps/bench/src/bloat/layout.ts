/** A session table, and how a group of sessions is saved in it. */
export interface Layout {
  readonly name: string;
  readonly table: string;
  /** Whether the database has to have Switchyard's tables. */
  readonly tables: 'migrated' | 'empty';
  readonly create: string | undefined;
  /** $1 how many sessions, $2 their data. */
  readonly fill: string;
  /** $1 keys, $2 data, $3 by how many milliseconds the expiry has moved on since the beginning. */
  readonly save: string;
}

const KEY = `lpad(n::text, 40, '0')`;
const EXPIRES = `now() + interval '14 days'`;
const MOVED = `${EXPIRES} + $3::float8 * interval '1 millisecond'`;

/** As Django makes it, with its indexes: that of the expiry is what every save changes. */
export const DJANGO: Layout = {
  name: 'Django',
  table: 'django_session',
  tables: 'empty',
  create: `create table django_session (session_key varchar(40) not null primary key, session_data text not null,
      expire_date timestamp with time zone not null);
    create index on django_session (session_key varchar_pattern_ops);
    create index on django_session (expire_date)`,
  fill: `insert into django_session select ${KEY}, $2, ${EXPIRES} from generate_series(0, $1::int - 1) n`,
  save: `update django_session set session_data = $2, expire_date = ${MOVED} where session_key = any($1::text[])`,
};

export const SWITCHYARD: Layout = {
  name: 'Switchyard',
  table: 'session',
  tables: 'migrated',
  create: undefined,
  fill: `insert into session (session_key, data, expires_at) select ${KEY}, $2, ${EXPIRES}
    from generate_series(0, $1::int - 1) n`,
  save: `update session set data = $2, expires_at = ${MOVED}, version = version + 1 where session_key = any($1::text[])`,
};

export const nthStoredKey = (n: number): string => String(n).padStart(40, '0');
