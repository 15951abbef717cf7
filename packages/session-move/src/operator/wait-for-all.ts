import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyEncoding } from '@switchyard/session-backends';
import type { SiteName } from '@switchyard/session-backends/fence';
import { coveredBuckets } from '../backfill.ts';
import { moveIdOf } from '../fence-table.ts';
import { MoveError } from '../move-error.ts';
import type { MoveSide } from '../move-side.ts';
import { ALL_BUCKETS } from '../verb-steps.ts';
import { waitOutAge } from '../wait-out-age.ts';

export interface WaitForAllOptions {
  readonly keyEncoding: KeyEncoding | undefined;
  readonly signal: AbortSignal;
  readonly onWait: (what: string) => void;
}

/** Between two looks; what is waited for takes as long as a session lives. */
const LOOK_EVERY_MS = 10_000;

/**
 * Looks until every session has been written since the start, or has expired, or the signal is aborted; the drain is the
 * worker's. Resolves to the move that it has looked at.
 *
 * @throws {MoveError} NOT_NOW without a move, and with keys in clear
 */
export async function waitForAll(
  sides: Readonly<Record<SiteName, MoveSide>>,
  { keyEncoding, signal, onWait }: WaitForAllOptions,
): Promise<string> {
  if (keyEncoding === 'plain')
    throw new MoveError(
      'NOT_NOW',
      'With keys in clear, each look would read the whole table for every bucket: give the command without --wait.',
    );
  for (let told = ''; ;) {
    const moveId = await claimedBy(sides.new.database);
    const covered = await coveredBuckets(sides.new.database, moveId);
    let sessions = 0;
    let until: Date | undefined;
    for (const bucket of ALL_BUCKETS.filter((each) => !covered.has(each))) {
      if (signal.aborted) break;
      const waiting = await waitOutAge(sides.old, sides.new, bucket, moveId);
      sessions += waiting.sessions;
      if (waiting.until !== undefined && (until === undefined || until < waiting.until)) until = waiting.until;
    }
    if (sessions === 0 || signal.aborted) return moveId;
    const text = `${sessions === 1 ? '1 session has' : `${sessions} sessions have`} not been written since the start; the last of them expires at ${until?.toISOString() ?? '?'}`;
    if (text !== told) onWait(text);
    told = text;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function claimedBy(database: MoveSide['database']): Promise<string> {
  const moveId = await moveIdOf(database);
  if (moveId === null) throw new MoveError('NOT_NOW', 'No move has been started: switchyard move start.');
  return moveId;
}
