import type { MoveController } from '../move-controller.ts';
import { MoveError } from '../move-error.ts';
import type { DrainRound } from './drain-round.ts';
import type { WorkerLog } from './worker-status.ts';

/** Ends merges as soon as they may be. */
export interface Settler {
  /** To be called after each drain, whether or not anything may be settled yet. */
  settle(round: Pick<DrainRound, 'unsettled'>, log: WorkerLog): Promise<void>;
  /** Something has changed that merges waited for: look again at once. */
  retry(): void;
}

const AGAIN_MS = 1_000;
/** A try that is blocked makes the shop wait for as long as it may take: seldom, then. */
const BLOCKED_MS = 5_000;
const LONGEST_MS = 60_000;

export function createSettler(controller: Pick<MoveController, 'settle'>): Settler {
  let nextAt = 0;
  let blockedMs = BLOCKED_MS;
  let seen = '';
  return {
    retry: () => {
      nextAt = 0;
    },
    settle: async ({ unsettled }, log) => {
      const now = performance.now();
      const buckets = unsettled.join();
      const isNew = buckets !== seen;
      seen = buckets;
      if (unsettled.length === 0 || (!isNew && now < nextAt)) return;
      nextAt = now + AGAIN_MS;
      try {
        await controller.settle(unsettled);
        log.hindered('settle', undefined);
        blockedMs = BLOCKED_MS;
      } catch (error) {
        if (!(error instanceof MoveError)) throw error;
        log.hindered('settle', error);
        nextAt = performance.now() + blockedMs;
        blockedMs = Math.min(LONGEST_MS, blockedMs * 2);
      }
    },
  };
}
