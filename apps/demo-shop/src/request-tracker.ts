import type { RequestHandler } from 'express';
import type { MoveFlags, MoveFlagValues } from '@switchyard/flags';

export interface RequestTracker {
  /** Pins the flags for each request and counts it while it is under way. */
  readonly middleware: RequestHandler;
  /** How many requests are under way, and how many of them with other flags than these. */
  count(flags: MoveFlagValues): { readonly inFlight: number; readonly onOlderFlags: number };
}

/**
 * A request keeps the flags it began with. Whoever flips one has to know when the last request that began before the
 * flip has ended.
 */
export function createRequestTracker(flags: MoveFlags): RequestTracker {
  const underWay = new Set<MoveFlagValues>();
  return {
    // Express hands a rejection on to the error pages by itself.
    middleware: (_request, response, next) =>
      flags.pin((pinned) => {
        const entry = { ...pinned };
        underWay.add(entry);
        response.once('close', () => underWay.delete(entry));
        next();
      }),
    count: (now) => {
      const older = [...underWay].filter(
        (entry) => entry.migrationFlag !== now.migrationFlag || entry.newDbRouterFlag !== now.newDbRouterFlag,
      );
      return { inFlight: underWay.size, onOlderFlags: older.length };
    },
  };
}
