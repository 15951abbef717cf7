import type { CaseName } from '../cases/case-group.ts';
import type { Measurement } from '../measurement.ts';
import type { CaseRounds } from '../run-groups.ts';
import { spreadOf, type Spread } from '../statistics.ts';

/** Medians over the rounds. */
export interface CaseResult extends Measurement {
  readonly case: CaseName;
  readonly subject: string;
  readonly callers: number;
  /** From the slowest round to the fastest. */
  readonly spread: Readonly<Record<keyof Measurement, readonly [min: number, max: number]>>;
}

export function summarizeCase({ case: name, subject, callers, rounds }: CaseRounds): CaseResult {
  const of = (what: keyof Measurement): Spread => spreadOf(rounds.map((round) => round[what]));
  const [ops, p50, p99, cpu] = [of('opsPerSecond'), of('p50Ms'), of('p99Ms'), of('cpuMicros')];
  return {
    case: name,
    subject,
    callers,
    opsPerSecond: ops.median,
    p50Ms: p50.median,
    p99Ms: p99.median,
    cpuMicros: cpu.median,
    spread: {
      opsPerSecond: [ops.min, ops.max],
      p50Ms: [p50.min, p50.max],
      p99Ms: [p99.min, p99.max],
      cpuMicros: [cpu.min, cpu.max],
    },
  };
}
