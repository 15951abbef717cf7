/** A table of sessions that belongs to another program, as far as it has to be known here. */
export interface SharedTable {
  /** As SQL has it: quoted, with its schema if need be. */
  readonly table: string;
  /** Columns, as SQL has them. */
  readonly key: string;
  readonly data: string;
  readonly expires: string;
  /** The data's type, for the cast. */
  readonly dataType: 'text' | 'json';
  /**
   * Of a column without a time zone: that in which its writer tells the time. `null`: the column has one. `undefined`:
   * whatever is the default of the connection, which is the writer's as well if nobody has changed it.
   */
  readonly timeZone: string | null | undefined;
}

/** A name as SQL has it; each part by itself where it has dots. */
export const quoteName = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

/** Django's, of any version. */
export const djangoTable = ({ table = 'django_session' }: { readonly table?: string } = {}): SharedTable => ({
  table: quoteName(table),
  key: '"session_key"',
  data: '"session_data"',
  expires: '"expire_date"',
  dataType: 'text',
  timeZone: null,
});

export interface ConnectPgSimpleTableOptions {
  /** With its schema, if that is not on the search path. Default is "session". */
  readonly table?: string;
  /**
   * `expire` is a time without a zone, in that of the connection which wrote it. Has to be given where this connection's is
   * another. Default is that of this connection.
   */
  readonly timeZone?: string;
}

/** connect-pg-simple's. */
export const connectPgSimpleTable = ({
  table = 'session',
  timeZone,
}: ConnectPgSimpleTableOptions = {}): SharedTable => ({
  table: quoteName(table),
  key: '"sid"',
  data: '"sess"',
  expires: '"expire"',
  dataType: 'json',
  timeZone,
});

export interface PrismaSessionTableOptions {
  /** As the database has it, not the model. Default is "Session". */
  readonly table?: string;
  /** Where the model maps them: session id, data, expiry. Default is "sid", "data", "expiresAt". */
  readonly columns?: readonly [key: string, data: string, expires: string];
}

/** @quixo3/prisma-session-store's, in PostgreSQL. */
export const prismaSessionTable = ({
  table = 'Session',
  columns: [key, data, expires] = ['sid', 'data', 'expiresAt'],
}: PrismaSessionTableOptions = {}): SharedTable => ({
  table: quoteName(table),
  key: quoteName(key),
  data: quoteName(data),
  expires: quoteName(expires),
  dataType: 'text',
  // Prisma writes UTC into columns without a time zone.
  timeZone: 'UTC',
});

const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const zoneOf = ({ timeZone }: SharedTable): string =>
  timeZone === undefined || timeZone === null ? `current_setting('TimeZone')` : quoteText(timeZone);

/** The expiry of a row, as a time with a zone. */
export const readExpiry = (table: SharedTable, column = `s.${table.expires}`): string =>
  table.timeZone === null ? column : `(${column} at time zone ${zoneOf(table)})`;

/** A time with a zone, as the column takes it. */
export const writeExpiry = (table: SharedTable, value: string): string =>
  table.timeZone === null ? `${value}::timestamptz` : `(${value}::timestamptz at time zone ${zoneOf(table)})`;
