import type { KeyEncoding } from '@switchyard/session-backends';
import type { MoveDatabase } from '../move-database.ts';
import { keyOrder } from '../verify/key-order.ts';

const known = new WeakMap<MoveDatabase, Promise<string>>();

/**
 * What to put behind `session_key` in a scan. The keys of a bucket are neighbours only in the order of the bytes, which
 * is mostly that of the column. Keys in clear are scanned from end to end: any order will do.
 */
export async function scanOrder(database: MoveDatabase, encoding: KeyEncoding): Promise<string> {
  if (encoding === 'plain') return '';
  const order = known.get(database) ?? keyOrder(database, encoding);
  known.set(database, order);
  return order.catch((error: unknown) => {
    known.delete(database);
    throw error;
  });
}
