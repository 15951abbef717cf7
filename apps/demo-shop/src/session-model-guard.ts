import type { Guard } from '@switchyard/router';

export interface SessionModelState {
  /** A move has claimed the new database. */
  readonly isMoving: () => boolean;
  /** The new database has been seen to serve sessions. */
  readonly hasSwitched: () => boolean;
  /** The router sends the model to the new database: the move is complete. */
  readonly isRouted: () => boolean;
}

/**
 * Keeps the routed client away from rows that the fences guard: from the start of a move they are written by the session
 * store alone, and between the first switch and the end no one database has them all. (Triggers hold raw SQL to the
 * same.)
 */
export const sessionModelGuard = ({ isMoving, hasSwitched, isRouted }: SessionModelState): Guard => ({
  check: ({ model, kind }) => {
    if (model !== 'session' || !isMoving()) return undefined;
    if (kind === 'write')
      return { code: 'MODEL_MOVING', message: 'sessions are being moved: write them through the session store' };
    return hasSwitched() && !isRouted()
      ? { code: 'MODEL_MOVING', message: 'sessions are in two databases now: read them through the session store' }
      : undefined;
  },
});
