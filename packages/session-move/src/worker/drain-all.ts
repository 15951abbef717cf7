import type { SiteName } from '@switchyard/session-backends/fence';
import { MoveError } from '../move-error.ts';
import type { MoveSide } from '../move-side.ts';
import { drainRound } from './drain-round.ts';

export interface DrainAllOptions {
  /** Ends the work after the batch under way. */
  readonly signal?: AbortSignal;
  /** After each round, with the entries cleared so far. */
  readonly onProgress?: (cleared: number) => void;
}

/** So few in a round: what is left has been written since it began. */
const CAUGHT_UP = 100;

/**
 * Carries across what both outboxes hold, until it has caught up with what is being written. May be done beside a worker.
 * Resolves to how many entries were cleared.
 *
 * @throws {MoveError} LOST_AT_DESTINATION when a side refuses rows and lacks them; everything else has been carried then
 */
export async function drainAll(
  sides: Readonly<Record<SiteName, MoveSide>>,
  { signal, onProgress }: DrainAllOptions = {},
): Promise<number> {
  let cleared = 0;
  for (;;) {
    const round = await drainRound(sides, () => signal?.aborted !== true);
    cleared += round.cleared;
    onProgress?.(cleared);
    if (round.cleared >= CAUGHT_UP && signal?.aborted !== true) continue;
    const refused = round.refused.old + round.refused.new;
    if (refused > 0 && signal?.aborted !== true) throw lostAtDestination(refused);
    return cleared;
  }
}

const lostAtDestination = (rows: number): MoveError =>
  new MoveError(
    'LOST_AT_DESTINATION',
    `${rows} rows were refused by the side that they are for, which lacks them. Their entries stay, and no merge ends ` +
      'before they are gone: compare both sides with a verify, and look whether one of them was restored from a backup.',
  );
