import type { Options } from '../options.ts';
import type { Random } from '../random.ts';
import { FENCED_STEPS } from './steps.ts';

/** How long each step lasts, in milliseconds, waiting for processes not included. */
export interface FlagPlan {
  readonly sessionAgeSeconds: number;
  readonly baselineMs: number;
  readonly migrationOnMs: number;
  readonly waitOutAgeMs: number;
  /** At most; it ends when the rows match. */
  readonly compareMs: number;
  readonly routerOnMs: number;
  readonly migrationOffMs: number;
  readonly emptiedMs: number;
}

/** The same for the fenced move. */
export interface FencedPlan {
  readonly sessionAgeSeconds: number;
  readonly baselineMs: number;
  /** After each step. */
  readonly pauseMs: number;
  /** At most; it ends when the rows match. */
  readonly compareMs: number;
}

const LEAST_AGE_SECONDS = 3;
const KEPT_ALIVE_PER_SECOND = 30;
// Beyond the age itself: for requests that began before the flip and saved after it.
const AGE_MARGIN_MS = 1_000;
// After the last process has seen a flag, its effects have to show.
const AFTER_STAGGER_MS = 1_500;

/**
 * Shares the time out. A fifth of it is the age of a session, which has to be waited out; more, up to a third, with so
 * many shoppers that keeping their sessions alive would be all that the shop does. The rest is for the steps.
 */
export function planFlags({
  seconds,
  shoppers,
  staggerMs = 0,
}: Pick<Options, 'seconds' | 'shoppers' | 'staggerMs'>): FlagPlan {
  const ageSeconds = Math.min(seconds / 3, Math.max(seconds / 5, shoppers / KEPT_ALIVE_PER_SECOND));
  const sessionAgeSeconds = Math.max(LEAST_AGE_SECONDS, Math.round(ageSeconds));
  const waitOutAgeMs = sessionAgeSeconds * 1_000 + AGE_MARGIN_MS;
  const restMs = seconds * 1_000 - waitOutAgeMs;
  const share = (part: number): number => Math.round(restMs * part);
  const flip = (part: number): number => Math.max(share(part), staggerMs === 0 ? 0 : staggerMs + AFTER_STAGGER_MS);
  return {
    sessionAgeSeconds,
    baselineMs: share(0.2),
    migrationOnMs: flip(0.15),
    waitOutAgeMs,
    compareMs: share(0.1),
    routerOnMs: flip(0.2),
    migrationOffMs: flip(0.15),
    emptiedMs: share(0.2),
  };
}

/** One after which many expire, one after which some do, one that outlives the move. */
const AGES_SECONDS = [4, 10, 60] as const;
const COMPARE_MS = 5_000;

/** No session has to be waited for: how old they get is left to chance. */
export function planFenced({ seconds }: Pick<Options, 'seconds'>, random: Random): FencedPlan {
  const pauseMs = Math.round((seconds * 1_000) / (FENCED_STEPS.length + 1));
  return { sessionAgeSeconds: random.pick(AGES_SECONDS), baselineMs: pauseMs, pauseMs, compareMs: COMPARE_MS };
}
