import type { ProcessSeen } from '@switchyard/session-move';

export interface ErrorCount {
  readonly where: 'old' | 'new' | 'cache';
  /** An SQLSTATE, the network's code or the error's name; of the cache none is told. */
  readonly code: string;
  readonly count: number;
}

/** Sums up the errors of the processes' reports, each report once. */
export interface ErrorTally {
  add(fleet: readonly ProcessSeen[]): void;
  /** Of the last five minutes, the most frequent first. */
  counts(): readonly ErrorCount[];
}

const KEPT_MS = 300_000;

export function createErrorTally(now: () => number = Date.now): ErrorTally {
  const lastBeat = new Map<string, number>();
  let errors: { readonly at: number; readonly where: ErrorCount['where']; readonly code: string; count: number }[] = [];
  return {
    add: (fleet) => {
      for (const { name, beat, sides, cache } of fleet) {
        if (lastBeat.get(name) === beat) continue;
        lastBeat.set(name, beat);
        for (const where of ['old', 'new'] as const)
          for (const [code, count] of Object.entries(sides[where].errorCodes))
            errors.push({ at: now(), where, code, count });
        if (cache !== null && cache.errors > 0)
          errors.push({ at: now(), where: 'cache', code: 'unavailable', count: cache.errors });
      }
      const present = new Set(fleet.map(({ name }) => name));
      for (const name of lastBeat.keys()) if (!present.has(name)) lastBeat.delete(name);
      errors = errors.filter(({ at }) => at > now() - KEPT_MS);
    },
    counts: () => {
      const sums = new Map<string, ErrorCount>();
      for (const { where, code, count } of errors) {
        const key = `${where} ${code}`;
        sums.set(key, { where, code, count: (sums.get(key)?.count ?? 0) + count });
      }
      return [...sums.values()].sort((a, b) => b.count - a.count);
    },
  };
}
