import type { Note } from '../faults/chronicle.ts';
import type { Report } from './report.ts';
import { textTable } from './text-table.ts';

const seconds = (value: number): string => value.toFixed(2);

/** What went wrong on purpose, and how soon the service was back. */
export function renderFaults({ faults }: Report): string {
  if (faults.length === 0) return 'Nothing went wrong.';
  const columns = [
    { title: 'from s', align: 'right' },
    { title: 'to s', align: 'right' },
    { title: 'back after ms', align: 'right' },
    { title: 'what went wrong', align: 'left' },
  ] as const;
  const rows = faults
    .toSorted((one, other) => one.from - other.from)
    .map(({ from, to, backAfterMs, what, isQuiet }) => [
      seconds(from),
      seconds(to),
      backAfterMs === null ? 'never' : String(backAfterMs),
      `${what}${isQuiet ? ' (nobody may notice)' : ''}`,
    ]);
  return textTable(columns, rows);
}

/** What the service or the move must not do. */
export const renderServiceFindings = ({ serviceFindings }: Report): string =>
  serviceFindings.length === 0 ? '' : ['What is not as it should be:', ...lines(serviceFindings)].join('\n');

/** The whole story, for whoever wants to know how it came to that. */
export const renderChronicle = ({ chronicle }: Report): string => ['What happened:', ...lines(chronicle)].join('\n');

const lines = (notes: readonly Note[]): string[] =>
  notes.map(({ second, what }) => `${seconds(second).padStart(8)} s  ${what}`);
