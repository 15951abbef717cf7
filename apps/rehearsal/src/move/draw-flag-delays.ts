import type { Random } from '../random.ts';

/**
 * How late each process sees the flags, in milliseconds: one at once, one as late as they are to be apart, and any others
 * in between.
 */
export function drawFlagDelays(processes: number, apartMs: number, random: Random): number[] {
  const draws = Array.from({ length: processes }, () => random.unit());
  const [least, most] = [Math.min(...draws), Math.max(...draws)];
  return draws.map((draw) => (most === least ? 0 : Math.round(((draw - least) / (most - least)) * apartMs)));
}
