import { describeAge, type ProcessSeen } from '@switchyard/session-move';
import type { ConsoleStatus } from '../status/console-status.ts';
import type { ErrorCount } from '../status/error-tally.ts';
import { SILENT_MS } from '../status/fleet-totals.ts';
import { count, percent } from '../words/numbers.ts';

const SHOWN = 12;

export function fleetView({ move, fleet, errors }: ConsoleStatus) {
  const { readShares: shares } = fleet;
  return {
    silent: fleet.silent,
    // Those that are heard of first.
    processes: move.fleet
      .map(processView)
      .toSorted((a, b) => Number(a.isSilent) - Number(b.isSilent))
      .slice(0, SHOWN),
    errors: errors.slice(0, SHOWN).map((error) => ({ ...error, count: count(error.count), means: meaningOf(error) })),
    shares: shares && {
      cache: round(shares.cache),
      old: round(shares.old),
      new: round(shares.new),
      words: { cache: percent(shares.cache), old: percent(shares.old), new: percent(shares.new) },
    },
  };
}

const round = (share: number): number => Math.round(share * 1_000) / 10;

function processView({ name, role, silentForMs, lowestEpoch, highestEpoch, sides }: ProcessSeen) {
  const took = (side: 'old' | 'new'): string => {
    const { statements, p50Ms, p99Ms } = sides[side];
    return statements === 0 ? '–' : `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} ms`;
  };
  const isSilent = silentForMs > SILENT_MS;
  return {
    role,
    name: name.split('/').slice(0, 2).join('/'),
    isSilent,
    epoch:
      highestEpoch === 0 ? '–' : lowestEpoch === highestEpoch ? String(highestEpoch) : `${lowestEpoch}–${highestEpoch}`,
    heard: isSilent ? `silent for ${describeAge(silentForMs)}` : 'now',
    old: took('old'),
    new: took('new'),
    failed: count(sides.old.errors + sides.new.errors),
  };
}

const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  ETIMEDOUT: 'no answer in time',
  EPIPE: 'the connection broke',
  '40P01': 'a deadlock; its victim tried again',
  '55P03': 'a lock was not to be had in time',
  '57014': 'a statement took too long',
  '57P01': 'the server is shutting down',
  '57P02': 'the server crashed',
  '57P03': 'the server is starting',
  '53300': 'too many connections',
  unavailable: 'sessions are read from the databases meanwhile',
};

const meaningOf = ({ code }: ErrorCount): string => MEANINGS[code] ?? '';
