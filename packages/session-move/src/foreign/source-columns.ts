import type { SourceKind } from './move-source.ts';

/** The columns as the libraries make them: by name, the types that they may have. */
export const COLUMNS: Readonly<Record<SourceKind, Readonly<Record<'key' | 'data' | 'expires', Column>>>> = {
  'connect-pg-simple': {
    key: { name: 'sid', types: /^(character varying(\(\d+\))?|text)$/, typeShown: 'varchar' },
    data: { name: 'sess', types: /^json$/, typeShown: 'json' },
    expires: { name: 'expire', types: /^timestamp(\([3-6]\))? without time zone$/, typeShown: 'timestamp(6)' },
  },
  django: {
    key: { name: 'session_key', types: /^(character varying(\(\d+\))?|text)$/, typeShown: 'varchar(40)' },
    data: { name: 'session_data', types: /^text$/, typeShown: 'text' },
    expires: { name: 'expire_date', types: /^timestamp(\([3-6]\))? with time zone$/, typeShown: 'timestamptz' },
  },
};

interface Column {
  readonly name: string;
  readonly types: RegExp;
  readonly typeShown: string;
}
