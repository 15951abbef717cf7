import type { Note } from '../faults/chronicle.ts';
import type { FaultReport } from '../faults/fault-run.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { Method } from '../options.ts';
import { hasFindings, type Report } from './report.ts';

/** What came of one of many rehearsals. */
export type SeedResult = { readonly seed: number; readonly seconds: number } & (
  | { readonly report: Report; readonly failure?: undefined }
  /** It could not be carried out to its end; the last words of it. */
  | { readonly report?: undefined; readonly failure: string }
);

interface OfSeed {
  readonly seed: number;
}

/** Many rehearsals; `--json` prints it as it is. */
export interface Summary {
  readonly method: Method;
  readonly seeds: readonly number[];
  /** Those in which something was found, or that could not be carried out. */
  readonly failed: readonly number[];
  readonly requests: number;
  readonly acknowledged: number;
  readonly lostBaskets: number;
  readonly lostChanges: number;
  readonly resurrected: number;
  readonly nonLinearizable: number;
  readonly undecided: number;
  /** What shoppers saw fail, how many by kind. */
  readonly errors: Readonly<Record<string, number>>;
  /** What the slowest request took, in milliseconds; `null` when there was none. */
  readonly longestMs: number | null;
  readonly faults: readonly (FaultReport & OfSeed)[];
  /** Of each kind of fault. */
  readonly kinds: readonly KindCount[];
  readonly serviceFindings: readonly (Note & OfSeed)[];
  readonly failures: readonly ({ readonly failure: string } & OfSeed)[];
  /** Whole, of the seeds in which something was found. */
  readonly reports: readonly Report[];
}

export interface KindCount {
  readonly kind: FaultKind;
  readonly times: number;
  /** How long the service took to be back, at most; `null`: once it was not. */
  readonly slowestBackMs: number | null;
}

export const isGood = (result: SeedResult): boolean => result.report !== undefined && !hasFindings(result.report);

export function summarize(method: Method, results: readonly SeedResult[]): Summary {
  const reports = results.flatMap(({ report }) => (report === undefined ? [] : [report]));
  const sum = (choose: (report: Report) => number): number =>
    reports.reduce((total, report) => total + choose(report), 0);
  const each = <T extends object>(choose: (report: Report) => readonly T[]): (T & OfSeed)[] =>
    results.flatMap(({ seed, report }) =>
      report === undefined ? [] : choose(report).map((one) => ({ seed, ...one })),
    );
  const faults = each((report) => report.faults);
  return {
    method,
    seeds: results.map(({ seed }) => seed),
    failed: results.filter((result) => !isGood(result)).map(({ seed }) => seed),
    requests: sum(({ requests }) => requests),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    lostBaskets: sum(({ lostBaskets }) => lostBaskets),
    lostChanges: sum(({ lostChanges }) => lostChanges),
    resurrected: sum(({ resurrected }) => resurrected),
    nonLinearizable: sum(({ nonLinearizable }) => nonLinearizable),
    undecided: sum(({ undecided }) => undecided),
    errors: addUp(reports.map(({ errors }) => errors)),
    longestMs: reports
      .flatMap(({ steps }) => steps.map(({ longestMs }) => longestMs))
      .reduce((one, other) => (one === null || (other !== null && other > one) ? other : one), null),
    faults,
    kinds: countKinds(faults),
    serviceFindings: each((report) => report.serviceFindings),
    failures: results.flatMap(({ seed, failure }) => (failure === undefined ? [] : [{ seed, failure }])),
    reports: reports.filter(hasFindings),
  };
}

function addUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [kind, number] of counts.flatMap((each) => Object.entries(each)))
    total[kind] = (total[kind] ?? 0) + number;
  return total;
}

function countKinds(faults: readonly FaultReport[]): KindCount[] {
  const byKind = new Map<FaultKind, (number | null)[]>();
  for (const { kind, backAfterMs } of faults) byKind.set(kind, [...(byKind.get(kind) ?? []), backAfterMs]);
  return [...byKind]
    .map(([kind, back]) => ({
      kind,
      times: back.length,
      slowestBackMs: back.includes(null) ? null : Math.max(...back.filter((ms) => ms !== null)),
    }))
    .toSorted((one, other) => one.kind.localeCompare(other.kind));
}
