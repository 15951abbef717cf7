import { renderSvg } from '../../src/report/svg-plot.ts';

const points = [
  [10, 2],
  [1_000, 4],
] as const;

describe('a plot', () => {
  it('has a line for each series, with equal steps for equal factors', () => {
    const svg = renderSvg('P <1>', [
      { title: 'a', xLabel: 'rows', lines: [{ label: 'load', points: [...points, [100, 3]] }] },
      { title: 'b', xLabel: 'rows', lines: [{ label: 'save', points }] },
    ]);
    expect(svg).toContain('<title>P &lt;1></title>');
    const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    const [first, last, middle] = circles as [number[], number[], number[]];
    expect(circles).toHaveLength(5);
    expect(middle[0]).toBeCloseTo(((first[0] ?? 0) + (last[0] ?? 0)) / 2);
    expect(middle[1]).toBeCloseTo(((first[1] ?? 0) + (last[1] ?? 0)) / 2);
  });

  it('keeps labels apart that would be one upon the other', () => {
    const lines = ['load', 'save'].map((label) => ({ label, points }));
    const svg = renderSvg('P', [{ title: 'a', xLabel: 'rows', lines }]);
    const levels = ['load', 'save'].map((label) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}<`).exec(svg)?.[1]));
    expect(Math.abs((levels[0] ?? 0) - (levels[1] ?? 0))).toBeGreaterThanOrEqual(14);
  });
});
