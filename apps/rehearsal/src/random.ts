/** A reproducible source of choices: the same seed and stream give the same sequence on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  unit(): number;
  /** A whole number from 0 up to, not including, `below`. */
  index(below: number): number;
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  /** @throws {RangeError} when there is nothing to choose from */
  pick<T>(items: readonly T[]): T;
}

/** One seed has many independent streams, so that adding a shopper does not change what the others do. */
export function createRandom(seed: number, stream = 0): Random {
  let state = scramble(seed) ^ scramble(stream + 0x51_7e_a1);
  // A counter through a mixing function: every state is reached, none repeats within 2^32 draws.
  const unit = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return (scramble(state) >>> 0) / 2 ** 32;
  };
  const index = (below: number): number => Math.floor(unit() * below);
  return {
    unit,
    index,
    between: (least, most) => least + unit() * (most - least),
    chance: (probability) => unit() < probability,
    pick: (items) => {
      const item = items[index(items.length)];
      if (item === undefined) throw new RangeError('nothing to choose from');
      return item;
    },
  };
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
