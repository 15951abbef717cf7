import type { Method } from '../options.ts';
import type { Summary } from './summary.ts';

const WHAT: Readonly<Record<Method, string>> = {
  fenced: 'fenced move',
  flags: 'two flags, seen late by some processes',
  naive: 'two flags, plain dual writes',
};

const COLUMNS = [
  'method',
  'seeds',
  'faults',
  'changes acknowledged',
  'baskets lost',
  'changes lost',
  'came back after logout',
  'sessions not linearizable',
] as const;

/** The same seeds by several methods, side by side: a table in Markdown. */
export function renderComparison(summaries: readonly Summary[]): string {
  const rows = summaries.map((summary) => [
    WHAT[summary.method],
    ...[
      summary.seeds.length - summary.failures.length,
      summary.faults.length,
      summary.acknowledged,
      summary.lostBaskets,
      summary.lostChanges,
      summary.resurrected,
      summary.nonLinearizable,
    ].map((count) => count.toLocaleString('en')),
  ]);
  const widths = COLUMNS.map((title, index) => Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return `${[line(COLUMNS), rule, ...rows.map(line)].join('\n')}\n`;
}
