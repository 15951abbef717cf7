import { figure } from './figures.ts';
import { left, right, type Table } from './table.ts';

/** Something that should hold, and what was seen. */
export interface Verdict {
  readonly what: string;
  /** What it is counted in, "×" for a ratio. */
  readonly unit: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  /** `undefined`: not measured. */
  readonly seen: number | undefined;
}

export const holds = ({ seen, limit }: Verdict): boolean | undefined => {
  if (seen === undefined || Number.isNaN(seen)) return undefined;
  return 'atLeast' in limit ? seen >= limit.atLeast : seen <= limit.atMost;
};

const yesOrNo = (value: boolean | undefined): string => (value === undefined ? '–' : value ? 'yes' : 'no');

export const verdictTable = (title: string, verdicts: readonly Verdict[]): Table => ({
  title,
  columns: [left('what'), right('wanted'), right('seen'), left('holds')],
  rows: verdicts.map((verdict) => {
    const { what, unit, limit, seen } = verdict;
    const wanted = 'atLeast' in limit ? `≥ ${figure(limit.atLeast)}` : `≤ ${figure(limit.atMost)}`;
    return [
      what,
      `${wanted} ${unit}`,
      seen === undefined ? 'not measured' : `${figure(seen)} ${unit}`,
      yesOrNo(holds(verdict)),
    ];
  }),
});
