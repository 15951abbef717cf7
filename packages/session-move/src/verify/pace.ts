import { setTimeout as sleep } from 'node:timers/promises';

/** How a long job goes along. */
export interface Progress {
  /** Rows compared, of the side that has more. */
  readonly rows: number;
  /** By the planner's estimate. */
  readonly totalRows: number;
  readonly rowsPerSecond: number;
  /** `undefined`: nobody can say. */
  readonly leftMs: number | undefined;
}

export interface PaceOptions {
  readonly totalRows: number;
  readonly maxRowsPerSecond?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly now?: () => number;
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

export interface Pace {
  /**
   * To be called after each page: tells how far it is, and waits for as long as the rows have come too soon.
   * @throws the signal's reason, once it is aborted
   */
  after(rows: number): Promise<void>;
}

export function createPace(options: PaceOptions): Pace {
  const { totalRows, maxRowsPerSecond, signal, onProgress } = options;
  const now = options.now ?? (() => performance.now());
  const pause =
    options.pause ?? ((ms, stop) => sleep(ms, undefined, stop ? { signal: stop } : {}).catch(() => undefined));
  const startedAt = now();
  let done = 0;
  return {
    after: async (rows) => {
      done += rows;
      const earlyMs = maxRowsPerSecond === undefined ? 0 : (done / maxRowsPerSecond) * 1000 - (now() - startedAt);
      if (earlyMs > 0 && signal?.aborted !== true) await pause(earlyMs, signal);
      signal?.throwIfAborted();
      const rowsPerMs = done / Math.max(1, now() - startedAt);
      onProgress?.({
        rows: done,
        totalRows: Math.round(totalRows),
        rowsPerSecond: Math.round(rowsPerMs * 1000),
        leftMs: rowsPerMs > 0 && totalRows >= done ? Math.round((totalRows - done) / rowsPerMs) : undefined,
      });
    },
  };
}
