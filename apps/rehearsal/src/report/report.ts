import type { Note } from '../faults/chronicle.ts';
import type { FaultReport } from '../faults/fault-run.ts';
import type { HistoryReport } from '../history/check-history.ts';
import type { RowComparison } from '../move/compare-rows.ts';
import type { Options } from '../options.ts';
import type { Finding, StepReport, Tally } from './recorder.ts';

/** What a rehearsal ends with; `--json` prints it as it is. */
export interface Report extends Tally, HistoryReport {
  /** In the order in which they were taken. */
  readonly steps: readonly StepReport[];
  readonly rows: RowComparison & {
    /** What was in the old table when it was emptied. */
    readonly emptied: number;
    /** What was in it at the end: rows that somebody went on writing there. */
    readonly writtenAfterwards: number;
  };
  /** The first hundred things lost. */
  readonly findings: readonly Finding[];
  /** What went wrong on purpose. */
  readonly faults: readonly FaultReport[];
  /** The first hundred things that the service or the move must not do, whatever goes wrong. */
  readonly serviceFindings: readonly Note[];
  /** Everything that happened, in order. */
  readonly chronicle: readonly Note[];
  /** The one that decided. */
  readonly seeds: readonly number[];
  readonly options: Pick<Options, 'method' | 'shoppers' | 'seconds' | 'processes' | 'staggerMs'> & {
    readonly sessionAgeSeconds: number;
  };
  readonly processes: readonly { readonly pid: number; readonly port: number; readonly flagDelayMs: number }[];
  /** What the shop's processes shared as a cache. */
  readonly cache: string;
}

/** Whether something was found that must not be, or could not be looked for. */
export const hasFindings = (report: Report): boolean =>
  hasLosses(report) ||
  report.nonLinearizable + report.undecided + report.history.notKept + report.serviceFindings.length > 0;

export const hasLosses = (tally: Tally): boolean => tally.lostBaskets + tally.lostChanges + tally.resurrected > 0;
