import type { Thresholds } from './checks.ts';
import type { MoveVerb } from './move-plan.ts';

/** What may be said beside a verb. Named as its flag is: "--max-lag" is `maxLag`, "--no-throttle" is `throttle: false`. */
export interface VerbOptions {
  /** Rows a second. */
  readonly rate?: number;
  readonly throttle?: boolean;
  readonly wait?: boolean;
  readonly repair?: boolean;
  readonly repairRogue?: boolean;
  /** More than 0 and at most 1. */
  readonly sample?: number;
  readonly drop?: boolean;
  readonly maxLag?: number;
  readonly maxLagMs?: number;
  /** Minutes. */
  readonly maxVerifyAge?: number;
  readonly maxLatency?: number;
  /** Seconds. */
  readonly maxTransaction?: number;
  /** Seconds. */
  readonly librarySilence?: number;
}

/** One of them, for everything that takes it from an operator. */
export interface VerbOption {
  readonly name: keyof VerbOptions;
  /** "--rate <rows>", or "--wait" where nothing is to be said. */
  readonly flags: string;
  readonly does: string;
  /** Missing where it is on or off. @throws {RangeError} saying what it has to be */
  readonly read?: (text: string) => number;
}

/** @throws {RangeError} saying what it has to be */
export function readPositive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new RangeError('It has to be a positive number.');
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0) throw new RangeError('It has to be a number from 0 on.');
  return value;
}

/** "5%" and "5" are the same. @throws {RangeError} saying what it has to be */
export function readPercent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (text === '' || !Number.isFinite(value) || value < 0 || value > 100)
    throw new RangeError('It has to be a number from 0 to 100.');
  return value;
}

function share(text: string): number {
  const value = readPercent(text) / 100;
  if (value === 0) throw new RangeError('It has to be more than 0 %.');
  return value;
}

const LIMITS: readonly VerbOption[] = [
  {
    name: 'maxLag',
    flags: '--max-lag <changes>',
    does: 'refuse with more changes waiting than this',
    read: readPositive,
  },
  {
    name: 'maxLagMs',
    flags: '--max-lag-ms <ms>',
    does: 'refuse when the oldest of them is older',
    read: readPositive,
  },
  {
    name: 'maxVerifyAge',
    flags: '--max-verify-age <minutes>',
    does: 'refuse when the last verify is older',
    read: readPositive,
  },
  {
    name: 'maxLatency',
    flags: '--max-latency <ms>',
    does: 'refuse when a database is slower at the median',
    read: readPositive,
  },
  {
    name: 'maxTransaction',
    flags: '--max-transaction <seconds>',
    does: 'refuse when a transaction has been open for longer',
    read: readPositive,
  },
];

/** The options of each verb, in the order in which they are shown. */
export const VERB_OPTIONS: Readonly<Record<MoveVerb, readonly VerbOption[]>> = {
  start: [],
  backfill: [
    { name: 'rate', flags: '--rate <rows>', does: 'copy at most so many rows a second', read: readPositive },
    { name: 'throttle', flags: '--no-throttle', does: 'do not slow down when the databases do' },
    {
      name: 'wait',
      flags: '--wait',
      does: 'copy nothing: wait until every session has been written since the start, or has expired',
    },
  ],
  verify: [
    { name: 'repair', flags: '--repair', does: 'carry over what the database that serves has and the other lacks' },
    {
      name: 'repairRogue',
      flags: '--repair-rogue',
      does: 'with --repair: also replace rows that somebody wrote behind the fences',
    },
    {
      name: 'sample',
      flags: '--sample <share>',
      does: 'compare only this share of the sessions, such as 5%',
      read: share,
    },
    { name: 'rate', flags: '--rate <rows>', does: 'compare at most so many rows a second', read: readPositive },
  ],
  switch: [
    ...LIMITS,
    {
      name: 'librarySilence',
      flags: '--library-silence <seconds>',
      does: 'refuse when a process has written by another library since; 0: never',
      read: notNegative,
    },
  ],
  rollback: [],
  complete: [...LIMITS, { name: 'drop', flags: '--drop', does: 'drop the old table, too' }],
  cancel: [],
};

/** Why these do not go together; `undefined`: they do. */
export function whyNotTogether({ repair, repairRogue, rate, throttle, wait }: VerbOptions): string | undefined {
  if (repairRogue === true && repair !== true) return '--repair-rogue goes with --repair only.';
  if (wait === true && (rate !== undefined || throttle === false))
    return '--wait copies nothing: it goes without --rate and --no-throttle.';
  return undefined;
}

/** What an operator has changed about when a step is refused. */
export const thresholdsOf = (options: VerbOptions): Partial<Thresholds> => ({
  ...(options.maxLag !== undefined && { maxLagEntries: options.maxLag }),
  ...(options.maxLagMs !== undefined && { maxLagMs: options.maxLagMs }),
  ...(options.maxVerifyAge !== undefined && { maxVerifyAgeMs: options.maxVerifyAge * 60_000 }),
  ...(options.maxLatency !== undefined && { maxLatencyMs: options.maxLatency }),
  ...(options.librarySilence !== undefined && { minLibrarySilenceMs: options.librarySilence * 1_000 }),
  ...(options.maxTransaction !== undefined && { maxTransactionSeconds: options.maxTransaction }),
});
