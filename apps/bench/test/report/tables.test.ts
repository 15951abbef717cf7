import { CASES } from '../../src/cases/case-group.ts';
import { summarizeCase } from '../../src/report/case-result.ts';
import { caseTables } from '../../src/report/case-tables.ts';
import { figure } from '../../src/report/figures.ts';
import { ratioOf } from '../../src/report/ratio.ts';
import { ratioTable } from '../../src/report/ratio-table.ts';
import { renderMarkdown, renderText } from '../../src/report/table.ts';
import { WANTED } from '../../src/report/wanted.ts';

const rounds = [1_000, 3_000, 2_000].map((opsPerSecond) => ({
  opsPerSecond,
  p50Ms: 0.5,
  p99Ms: 12.34,
  cpuMicros: NaN,
}));
const result = summarizeCase({ case: 'load', subject: 'switchyard', callers: 64, rounds });

describe('the report', () => {
  it('has the medians of a case, and how far its rounds were apart', () => {
    expect(result).toMatchObject({
      case: 'load',
      subject: 'switchyard',
      callers: 64,
      opsPerSecond: 2_000,
      p50Ms: 0.5,
      p99Ms: 12.34,
      spread: { opsPerSecond: [1_000, 3_000] },
    });
  });

  it('has a table for each case that was run', () => {
    const [table, ...more] = caseTables([result]);
    expect(more).toEqual([]);
    expect(renderText(table as NonNullable<typeof table>)).toBe(
      [
        'load',
        '',
        'subject      callers    op/s       from – to   p50 ms   p99 ms   client CPU µs/op',
        '─────────────────────────────────────────────────────────────────────────────────',
        'switchyard        64   2,000   1,000 – 3,000     0.50     12.3                  –',
      ].join('\n'),
    );
  });

  it('is written into documents as tables of theirs', () => {
    const table = {
      title: 'T',
      columns: [
        { title: 'a', align: 'left' },
        { title: 'b', align: 'right' },
      ],
      rows: [['x', '1']],
    } as const;
    expect(renderMarkdown(table)).toBe('**T**\n\n| a   |   b |\n| --- | --: |\n| x   |   1 |');
  });

  it('has a line for each ratio that is wanted, also where it was not measured', () => {
    const { rows } = ratioTable(WANTED.map((wanted) => ratioOf(wanted, [])));
    expect(rows).toHaveLength(WANTED.length);
    expect(rows[0]).toEqual(['load vs connect-pg-simple get', 'op/s', '64', '≥ 7.00 ×', 'not measured', '–', '–']);
  });

  it('wants something of every case', () => {
    expect(new Set(WANTED.flatMap(({ ours }) => ours.cases))).toEqual(new Set(CASES));
  });

  it.each([
    [1_234.5, '1,235'],
    [12.34, '12.3'],
    [0.126, '0.13'],
    [-3.14159, '-3.14'],
    [-0.001, '0.00'],
    [NaN, '–'],
    [undefined, '–'],
  ])('writes %p as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
