import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchSize } from './fill-scan.ts';
import { quantile } from './quantile.ts';

/** How copying goes easy on live databases. */
export interface Throttle {
  /** How much the next batch may be. */
  nextBatch(): BatchSize;
  /** To be called after each batch: rests for as long as it takes. Resolves at once when `signal` is aborted. */
  rest(batch: { readonly rows: number; readonly tookMs: number }, signal?: AbortSignal): Promise<void>;
  state(): ThrottleState;
  /** Ends its measuring. */
  close(): void;
}

export interface ThrottleState {
  /** The share of its full speed that copying goes at, up to 1. */
  readonly speed: number;
  /** How many times its usual latency the live database takes while rows are copied; 1 until that is known. */
  readonly slowdown: number;
}

export interface ThrottleOptions {
  /** What a batch may be at full speed. */
  readonly fullBatch: BatchSize;
  /**
   * Does what a live statement does, and resolves to how long that took in milliseconds; `undefined`: nobody lives there
   * now. Without it the speed is always full.
   */
  readonly probe?: (() => Promise<number | undefined>) | undefined;
  /** Rows a second at most, on average. Default is no limit. */
  readonly maxRowsPerSecond?: number | undefined;
  /** A steady clock in milliseconds. Default is the process's. */
  readonly now?: () => number;
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

/** What is aimed at: this many times the usual latency. Measured lower, so that shoppers stay below 1.5. */
const TARGET = 1.4;
/** Below this difference nobody notices, however many times the usual it is. */
const UNNOTICED_MS = 0.3;
const SLOWEST = 0.02;
const FIRST = 0.1;
const SMALLEST_ROWS = 50;
const SMALLEST_BYTES = 64 * 1024;
const LONGEST_REST_MS = 2_000;

const PROBE_EVERY_MS = 10;
/** Every so often it rests long enough to see what is usual now. */
const LOOK_EVERY_MS = 1_000;
const LOOK_MS = 60;
const LOOK_STATEMENTS = 4;
const USUAL_SAMPLES = 120;
const BUSY_SAMPLES = 30;
const ENOUGH_SAMPLES = 10;
/** Of so few samples no more can be had; what is seen once in ten will be felt at the 99th percentile. */
const QUANTILE = 0.9;

/**
 * Measures the live latency all the time, with batches under way and in between, and compares the two: what copying costs
 * the shop is seen apart from how busy the shop is by itself. Slows down by a quarter when it costs too much, and speeds
 * up again slowly. Slower means smaller batches and longer rests; it never stops.
 */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { fullBatch, probe, maxRowsPerSecond } = options;
  const now = options.now ?? ((): number => performance.now());
  const pause = options.pause ?? ((ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => undefined));
  const usual: number[] = [];
  const busy: number[] = [];
  let speed = probe === undefined ? 1 : FIRST;
  let slowdown = 1;
  let lastMs = 0;
  let isBusy = false;
  let closed = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** When the rows so far have had their time. */
  let paidAt = now();

  const sample = (tookMs: number, wasBusy: boolean): void => {
    lastMs = tookMs;
    const samples = wasBusy ? busy : usual;
    samples.push(tookMs);
    if (samples.length > (wasBusy ? BUSY_SAMPLES : USUAL_SAMPLES)) samples.shift();
  };

  /** What began in between and ended in a batch tells of neither. */
  const measure = async (once: () => Promise<number | undefined>): Promise<void> => {
    const wasBusy = isBusy;
    const tookMs = await once().catch(() => undefined);
    if (tookMs !== undefined && (wasBusy || !isBusy)) sample(tookMs, wasBusy);
  };
  const measureOn = async (once: () => Promise<number | undefined>): Promise<void> => {
    while (!closed) {
      await measure(once);
      await pause(PROBE_EVERY_MS);
    }
  };
  if (probe !== undefined) void measureOn(probe);

  const decide = (): void => {
    if (busy.length < ENOUGH_SAMPLES || usual.length < ENOUGH_SAMPLES) return;
    const [usualMs, busyMs] = [quantile(usual, QUANTILE), quantile(busy, QUANTILE)];
    slowdown = Math.max(1, busyMs / usualMs);
    if (slowdown > TARGET && busyMs - usualMs > UNNOTICED_MS) speed = Math.max(SLOWEST, speed * 0.75);
    else speed = Math.min(1, speed * 1.15);
    busy.length = 0;
  };

  /** Time that was not used is not saved up. */
  const earlyMs = (rows: number, tookMs: number): number => {
    if (maxRowsPerSecond === undefined) return 0;
    paidAt = Math.max(paidAt, now() - tookMs) + (rows / maxRowsPerSecond) * 1_000;
    return paidAt - now();
  };

  const restMs = ({ rows, tookMs }: { readonly rows: number; readonly tookMs: number }): number => {
    const early = earlyMs(rows, tookMs);
    const slow = Math.min(LONGEST_REST_MS, tookMs * (1 / Math.sqrt(speed) - 1));
    const isToLook = probe !== undefined && now() - lookedAt > LOOK_EVERY_MS;
    if (isToLook) lookedAt = now();
    return Math.max(slow, early, isToLook ? Math.max(LOOK_MS, LOOK_STATEMENTS * lastMs) : 0);
  };

  return {
    nextBatch: () => {
      const share = Math.sqrt(speed);
      const limit = maxRowsPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.ceil(maxRowsPerSecond / 4);
      return {
        rows: Math.min(limit, Math.max(Math.min(SMALLEST_ROWS, fullBatch.rows), Math.round(fullBatch.rows * share))),
        bytes: Math.max(Math.min(SMALLEST_BYTES, fullBatch.bytes), Math.round(fullBatch.bytes * share)),
      };
    },
    rest: async (batch, signal) => {
      isBusy = false;
      decide();
      const ms = restMs(batch);
      if (ms > 0 && signal?.aborted !== true) await pause(ms, signal);
      isBusy = true;
    },
    state: () => ({ speed, slowdown }),
    close: () => {
      closed = true;
    },
  };
}
