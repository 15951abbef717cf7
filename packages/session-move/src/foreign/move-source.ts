import {
  connectPgSimpleTable,
  DEFAULT_SIDE_SCHEMA,
  djangoTable,
  type FencedTable,
} from '@switchyard/session-backends/foreign';

export const SOURCE_KINDS = ['connect-pg-simple', 'django'] as const;

export type SourceKind = (typeof SOURCE_KINDS)[number];

/** The table of another library that sessions move away from, as a project or a command says. */
export interface MoveSource {
  readonly kind: SourceKind;
  /** Default is the library's own: "session" or "django_session". */
  readonly table?: string | undefined;
  /** Default is "public". */
  readonly schema?: string | undefined;
  /**
   * connect-pg-simple's `expire` has no time zone: the one that the library's connections run in. Default is what its
   * role and its database are set to.
   */
  readonly timeZone?: string | undefined;
  /** For the tables and functions of the move. Default is "switchyard". */
  readonly sideSchema?: string | undefined;
}

/** Where it is: names as the catalogues have them. */
export interface SourceName {
  readonly schema: string;
  readonly table: string;
  readonly sideSchema: string;
}

const OWN_TABLE: Readonly<Record<SourceKind, string>> = { 'connect-pg-simple': 'session', django: 'django_session' };

export const nameOf = ({ kind, table, schema = 'public', sideSchema }: MoveSource): SourceName => ({
  schema,
  table: table ?? OWN_TABLE[kind],
  sideSchema: sideSchema ?? DEFAULT_SIDE_SCHEMA,
});

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** @param timeZone that of the expiry, where its column has none */
export function toFencedTable(source: MoveSource, timeZone: string): FencedTable {
  const { schema, table, sideSchema } = nameOf(source);
  const place = { table: `${quoted(schema)}.${quoted(table)}`, sideSchema };
  return source.kind === 'django'
    ? { ...djangoTable(), ...place, timeZone: null }
    : { ...connectPgSimpleTable(), ...place, timeZone };
}
