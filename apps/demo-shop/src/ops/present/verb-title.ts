import type { VerbChoice } from '../actions/action-record.ts';

/** What was chosen, as the heading of its plan and on its button. */
export function verbTitle({ verb, percent, options: { repair = false, drop = false } }: VerbChoice): string {
  switch (verb) {
    case 'start':
      return 'Start the move';
    case 'backfill':
      return 'Backfill the new database';
    case 'verify':
      return repair ? 'Verify and repair' : 'Verify both databases';
    case 'switch':
      return `Switch to ${percent} %`;
    case 'rollback':
      return percent === 0 ? 'Roll everything back' : `Roll back to ${percent} %`;
    case 'complete':
      return drop ? 'Complete, and drop the old table' : 'Complete the move';
    case 'cancel':
      return 'Cancel the move';
  }
}
