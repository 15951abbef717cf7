import { drawFlagDelays } from '../../src/move/draw-flag-delays.ts';
import { createRandom } from '../../src/random.ts';

describe('the delays of the flags', () => {
  it.each([2, 3, 8])('of %i processes are as far apart as they are to be', (processes) => {
    for (let seed = 0; seed < 20; seed++) {
      const delays = drawFlagDelays(processes, 2_000, createRandom(seed));
      expect(delays).toHaveLength(processes);
      expect(Math.min(...delays)).toBe(0);
      expect(Math.max(...delays)).toBe(2_000);
    }
  });

  it('are none without a stagger, and for a process alone', () => {
    expect(drawFlagDelays(3, 0, createRandom(1))).toEqual([0, 0, 0]);
    expect(drawFlagDelays(1, 2_000, createRandom(1))).toEqual([0]);
  });

  it('depend on the seed', () => {
    const late = new Set(
      Array.from({ length: 20 }, (_, seed) => drawFlagDelays(2, 2_000, createRandom(seed)).indexOf(0)),
    );
    expect(late.size).toBe(2);
  });
});
