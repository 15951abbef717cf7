import type { Measurement } from './measurement.ts';

export interface InterleaveOptions {
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  /** Told when a round begins. */
  readonly onRound: (round: number) => void;
}

/** Long enough for the code to be compiled and the statements prepared. */
const WARM_UP = 0.5;

/**
 * Measures in turn, round after round: what else the machine does at a time meets all of them. Resolves to the rounds of
 * each, in the order of `turns`.
 */
export async function interleave(
  turns: readonly ((seconds: number) => Promise<Measurement>)[],
  { rounds, seconds, onRound }: InterleaveOptions,
): Promise<readonly (readonly Measurement[])[]> {
  const results = turns.map((): Measurement[] => []);
  for (const measure of turns) await measure(seconds * WARM_UP);
  for (let round = 1; round <= rounds; round++) {
    onRound(round);
    for (const [index, measure] of turns.entries()) results[index]?.push(await measure(seconds));
  }
  return results;
}
