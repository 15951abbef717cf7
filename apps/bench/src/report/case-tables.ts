import { CASES } from '../cases/case-group.ts';
import type { CaseResult } from './case-result.ts';
import { figure } from './figures.ts';
import { left, right, type Table } from './table.ts';

/** A table for each case. */
export const caseTables = (results: readonly CaseResult[]): Table[] =>
  CASES.flatMap((name) => {
    const own = results.filter((result) => result.case === name).sort((a, b) => b.callers - a.callers);
    return own.length === 0 ? [] : [tableOf(name, own)];
  });

const tableOf = (title: string, results: readonly CaseResult[]): Table => ({
  title,
  columns: [
    left('subject'),
    right('callers'),
    right('op/s'),
    right('from – to'),
    right('p50 ms'),
    right('p99 ms'),
    right('client CPU µs/op'),
  ],
  rows: results.map(({ subject, callers, opsPerSecond, p50Ms, p99Ms, cpuMicros, spread }) => [
    subject,
    String(callers),
    figure(opsPerSecond),
    spread.opsPerSecond.map(figure).join(' – '),
    figure(p50Ms),
    figure(p99Ms),
    figure(cpuMicros),
  ]),
});
