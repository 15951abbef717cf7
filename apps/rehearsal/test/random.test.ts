import { createRandom } from '../src/random.ts';

const draws = (seed: number, stream: number, count = 1_000): number[] => {
  const random = createRandom(seed, stream);
  return Array.from({ length: count }, () => random.unit());
};

describe('the source of chance', () => {
  it('gives the same for the same seed and stream, and something else for any other', () => {
    expect(draws(7, 3)).toEqual(draws(7, 3));
    const firsts = new Set(
      [0, 1, 2, 7].flatMap((seed) => [-2, -1, 0, 1, 2, 3].map((stream) => draws(seed, stream, 1)[0])),
    );
    expect(firsts.size).toBe(24);
  });

  it('is even', () => {
    const all = draws(1, 1, 20_000);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => all.filter((unit) => Math.floor(unit * 10) === tenth).length,
    );
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  it('gives the first draws of neighbouring streams no likeness', () => {
    const firsts = Array.from({ length: 2_000 }, (_, stream) => draws(1, stream, 1)[0] ?? 0);
    const low = firsts.filter((unit) => unit < 0.5).length;
    expect(Math.abs(low - 1_000)).toBeLessThan(120);
  });

  it('picks every item, and nothing out of nothing', () => {
    const random = createRandom(1);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
