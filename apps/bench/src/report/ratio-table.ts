import { figure } from './figures.ts';
import type { Ratio } from './ratio.ts';
import { left, right, type Table } from './table.ts';
import type { Wanted } from './wanted.ts';

const FIGURES: Readonly<Record<Wanted['figure'], string>> = {
  opsPerSecond: 'op/s',
  p50Ms: 'latency',
  p99Ms: 'p99',
  cpuMicros: 'client CPU',
};

export const ratioTable = (ratios: readonly Ratio[]): Table => ({
  title: 'What is wanted, and what was seen',
  columns: [
    left('ratio'),
    left('of'),
    right('callers'),
    right('wanted'),
    right('seen'),
    right('from – to'),
    left('holds'),
  ],
  rows: ratios.map(({ what, figure: of, callers, wanted, seen, spread, holds }) => [
    what,
    FIGURES[of],
    String(callers),
    'atLeast' in wanted ? `≥ ${figure(wanted.atLeast)} ×` : `≤ ${figure(wanted.atMost)} ×`,
    seen === undefined ? 'not measured' : `${figure(seen)} ×`,
    spread === undefined ? '–' : spread.map(figure).join(' – '),
    holds === undefined ? '–' : holds ? 'yes' : 'no',
  ]),
});
