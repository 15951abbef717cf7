import type { KeyEncoding } from '@switchyard/session-backends';
import { BUCKETS } from '@switchyard/session-backends/fence';

/** A run of keys, in the order of the source's index, that holds all keys of some buckets. */
export interface KeyScan {
  /** The buckets to copy, ascending. Rows of other buckets in between are passed over. */
  readonly buckets: readonly number[];
  readonly keyEncoding: KeyEncoding;
  /** Where it begins: after this key. */
  readonly after: string;
  /** Where it ends: before this key; null: with the last one. */
  readonly before: string | null;
}

const hex = (bucket: number): string => bucket.toString(16).padStart(2, '0');

/**
 * The scans that cover the given buckets. A hashed key begins with its bucket, so that neighbouring buckets are one run
 * of keys; a key in clear does not, so that all of them have to be read to find those of one bucket.
 */
export function keyScans(buckets: readonly number[], keyEncoding: KeyEncoding): KeyScan[] {
  const sorted = [...new Set(buckets)].sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  if (keyEncoding === 'plain') return [{ buckets: sorted, keyEncoding, after: '', before: null }];
  const runs: number[][] = [];
  for (const bucket of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === bucket - 1) run.push(bucket);
    else runs.push([bucket]);
  }
  return runs.map((run) => {
    const [first, last] = [run[0] as number, run.at(-1) as number];
    return {
      buckets: run,
      keyEncoding,
      after: first === 0 ? '' : hex(first),
      before: last === BUCKETS - 1 ? null : hex(last + 1),
    };
  });
}
