import { median, percentile, slope, spreadOf } from '../src/statistics.ts';

describe('the statistics', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9], 9.5],
    [[7], 7],
  ])('the middle of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('there is no middle of nothing', () => {
    expect(median([])).toBeNaN();
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('a percentile is a value that was seen', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    expect(percentile(values, 0.5)).toBe(100);
    expect(percentile(values, 0.99)).toBe(198);
    expect(percentile(values, 1)).toBe(200);
    expect(percentile([5], 0.99)).toBe(5);
  });

  it('a spread keeps the values apart that a median hides', () => {
    expect(spreadOf([100, 9, 20])).toEqual({ median: 20, min: 9, max: 100 });
  });

  it('a slope is that of the line nearest to all points', () => {
    const line = (noise: readonly number[]) => noise.map((off, x) => [x, 5 + 2 * x + off] as const);
    expect(slope(line([0, 0, 0, 0]))).toBeCloseTo(2);
    expect(slope(line([1, -1, -1, 1]))).toBeCloseTo(2);
    expect(slope([[1, 1]])).toBeNaN();
  });
});
