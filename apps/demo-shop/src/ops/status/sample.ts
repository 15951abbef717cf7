import type { ConsoleStatus } from './console-status.ts';

/** One moment of the charts: seconds since 1970, then numbers in the order of {@link SERIES}; null: not known. */
export type Sample = readonly (number | null)[];

type Reading = (status: ConsoleStatus) => number | undefined;

/** What is drawn over time, by name. */
export const SERIES: Readonly<Record<string, Reading>> = {
  readsCache: ({ fleet }) => fleet.cache?.readsPerSecond,
  readsOld: ({ fleet }) => fleet.old.readsPerSecond,
  readsNew: ({ fleet }) => fleet.new.readsPerSecond,
  p50Old: ({ fleet }) => (fleet.old.statementsPerSecond > 0 ? fleet.old.p50Ms : undefined),
  p99Old: ({ fleet }) => (fleet.old.statementsPerSecond > 0 ? fleet.old.p99Ms : undefined),
  p50New: ({ fleet }) => (fleet.new.statementsPerSecond > 0 ? fleet.new.p50Ms : undefined),
  p99New: ({ fleet }) => (fleet.new.statementsPerSecond > 0 ? fleet.new.p99Ms : undefined),
  lagOld: ({ move }) => move.lag.old?.entries,
  lagNew: ({ move }) => move.lag.new?.entries,
  writesOld: ({ fleet }) => fleet.old.writesPerSecond,
  writesNew: ({ fleet }) => fleet.new.writesPerSecond,
  filled: ({ fill }) => fill?.rowsPerSecond,
  errors: ({ fleet }) => fleet.old.errorsPerSecond + fleet.new.errorsPerSecond + (fleet.cache?.errorsPerSecond ?? 0),
};

export const toSample = (status: ConsoleStatus): Sample => [
  status.at / 1_000,
  ...Object.values(SERIES).map((read) => {
    const value = read(status);
    return value === undefined ? null : Math.round(value * 100) / 100;
  }),
];
