import type { MoveVerb, VerifyReport } from '@switchyard/session-move';
import { bytes, count, plural } from '../words/numbers.ts';

/** What came of a verb that was done, in a sentence. */
export function sayOutcome(verb: MoveVerb, result: object): string {
  const { merging = 0, freedBytes = 0, dropped = false, rows, covered = 0 } = result as Partial<Result>;
  switch (verb) {
    case 'start':
      return 'The move is under way. The old database serves as before and lists what changes.';
    case 'backfill': {
      const copied = rows === undefined ? '' : `${count(rows)} rows copied; `;
      return covered === 256
        ? `${copied}all buckets are covered.`
        : `${copied}${covered} of 256 buckets are covered so far.`;
    }
    case 'verify':
      return '';
    case 'switch':
    case 'rollback':
      return merging === 0
        ? 'Done, and everything is across.'
        : `Done; ${plural(merging, 'bucket')} still ${merging === 1 ? 'looks' : 'look'} at both databases until everything is across.`;
    case 'complete':
      return `Done. ${bytes(freedBytes)} were given back by ${dropped ? 'dropping' : 'truncating'} the old table.`;
    case 'cancel':
      return 'Cancelled. The old database serves as before, and the new one is empty.';
  }
}

interface Result {
  readonly merging: number;
  readonly freedBytes: number;
  readonly dropped: boolean;
  readonly rows: number;
  readonly covered: number;
}

export function sayVerified({ clean, rows, buckets, lag, found, repaired }: VerifyReport): string {
  const compared = `${count(rows.old)} rows of the old and ${count(rows.new)} of the new database compared in ${plural(buckets.compared, 'bucket')}`;
  const wrong = found['lost-capture'] + found.corruption + found['rogue-writer'];
  const mended = repaired['lost-capture'] + repaired.corruption + repaired['rogue-writer'];
  const way = lag.waiting > 0 ? `, ${plural(lag.waiting, 'change')} on the way` : '';
  if (wrong === 0) return `${clean ? 'Clean' : 'Not clean'}: ${compared}${way}.`;
  return `${clean ? 'Clean now' : 'Not clean'}: ${compared}${way}; ${plural(wrong, 'mismatch', 'mismatches')}, ${mended} repaired.`;
}
