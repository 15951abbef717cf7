import { SqlFailure, type SqlRow } from '../sql-executor.ts';

/**
 * Rows of a set come in any order, and say by `ord`, counted from 1, which item they are for.
 *
 * @throws {SqlFailure} with `lack` when an item has none: it is of a bucket without a fence row, since somebody emptied the
 * table. Nothing may be read or written then.
 */
export function rowsInOrder<T>(rows: readonly SqlRow[], count: number, decode: (row: SqlRow) => T, lack: string): T[] {
  const ordered = new Array<T>(count);
  let answered = 0;
  for (const row of rows) {
    ordered[Number(row['ord']) - 1] = decode(row);
    answered++;
  }
  if (answered < count) throw new SqlFailure('none', new Error(lack));
  return ordered;
}
