import type { CaseRounds } from '../run-groups.ts';
import { spreadOf } from '../statistics.ts';
import type { Side, Wanted } from './wanted.ts';

export interface Ratio {
  readonly what: string;
  readonly figure: Wanted['figure'];
  readonly callers: number;
  readonly wanted: Wanted['limit'];
  /** The median of the ratios of each round; `undefined`: one of the two was not measured. */
  readonly seen: number | undefined;
  readonly spread: readonly [min: number, max: number] | undefined;
  readonly holds: boolean | undefined;
}

export function ratioOf(wanted: Wanted, results: readonly CaseRounds[]): Ratio {
  const { what, figure, limit, ours: mine, theirs: other } = wanted;
  const [ours, theirs] = [figures(mine, figure, results), figures(other, figure, results)];
  const base = { what, figure, callers: mine.callers, wanted: limit };
  const ratios = (ours ?? []).flatMap((value, round) => (theirs?.[round] === undefined ? [] : [value / theirs[round]]));
  if (ratios.length === 0 || ratios.some(Number.isNaN))
    return { ...base, seen: undefined, spread: undefined, holds: undefined };
  const { median: seen, min, max } = spreadOf(ratios);
  return {
    ...base,
    seen,
    spread: [min, max],
    holds: 'atLeast' in limit ? seen >= limit.atLeast : seen <= limit.atMost,
  };
}

/** By round, added up over the cases; `undefined` when one of these was not run. */
function figures({ cases, subject, callers }: Side, figure: Wanted['figure'], results: readonly CaseRounds[]) {
  const each = cases.map((name) =>
    results.find((result) => result.case === name && result.subject === subject && result.callers === callers),
  );
  return each[0]?.rounds.map((_, round) =>
    each.reduce((sum, result) => sum + (result?.rounds[round]?.[figure] ?? NaN), 0),
  );
}
