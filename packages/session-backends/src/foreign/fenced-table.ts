import { versionOf } from '../fence/rules.ts';
import type { SharedTable } from './shared-table.ts';

/**
 * A table that another library made, made ready for a fenced move. Its shape stays as it is; what a move has to know
 * beside it is kept in tables of a schema of their own, written by triggers while the library goes on writing.
 */
export interface FencedTable extends SharedTable {
  /** As SharedTable has it, but never that of whoever happens to ask. */
  readonly timeZone: string | null;
  /** The schema of the tables and functions of the move. */
  readonly sideSchema: string;
}

export const DEFAULT_SIDE_SCHEMA = 'switchyard';

/** The version of a row that has not been written since the triggers are there: it is written down nowhere. */
export const UNWRITTEN = versionOf(1, 1);

/** Names within the schema of the move, as SQL has them. */
export const inSchema =
  (schema: string) =>
  (name: string): string =>
    `"${schema.replaceAll('"', '""')}"."${name}"`;

/** The bucket of a key in clear, given its SQL, as keys.ts has it. */
export const bucketOfPlain = (key: string): string => `get_byte(sha256(convert_to(${key}, 'UTF8')), 0)`;

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
