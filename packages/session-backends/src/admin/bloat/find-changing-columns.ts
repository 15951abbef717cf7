import type { TableColumn } from './read-table-columns.ts';

/** Names of what libraries change with every save, beside times. */
const CHANGING =
  /expir|updated_?at|modified|last_?(activity|access|seen|used)|^"?(version|revision|data|sess|session_data|payload)"?$/i;
/** Times that are set once. */
const SET_ONCE = /creat|start|born|first|login|joined/i;
const WHOLE = /^(jsonb?|bytea)$/;
/** A generated column with this many different values, of one, is no coarser than what it is made of. */
const AS_FINE = 0.5;
const ENOUGH_ROWS = 1_000;

/**
 * The columns that saves of a session change, as far as types and names tell: no catalogue says. A generated column
 * counts where it is as fine as the changing column that it is made of: PostgreSQL compares its values, which change as
 * often then.
 */
export function findChangingColumns(columns: readonly TableColumn[], rows: number): readonly TableColumn[] {
  const plain = columns.filter((column) => column.generatedBy === undefined && isChanging(column));
  const generated = columns.filter(
    (column) => plain.some((base) => isMadeOf(column, base)) && isFine(column.distinct, rows),
  );
  return [...plain, ...generated];
}

/** Whether a generated column reads another one. */
export const isMadeOf = ({ generatedBy }: TableColumn, { name }: TableColumn): boolean =>
  generatedBy !== undefined && new RegExp(`(^|[^\\w"])${escapeRegExp(name)}($|[^\\w"])`).test(generatedBy);

const isChanging = ({ name, type, isTime }: TableColumn): boolean =>
  !SET_ONCE.test(name) && (isTime || WHOLE.test(type) || CHANGING.test(name));

const isFine = (distinct: number | undefined, rows: number): boolean =>
  distinct !== undefined && rows >= ENOUGH_ROWS && (distinct < 0 ? -distinct : distinct / rows) >= AS_FINE;

const escapeRegExp = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
