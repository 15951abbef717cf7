/** Choices that are the same for the same seed. */
export interface Random {
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function seededRandom(seed: number): Random {
  let state = scramble(seed + 1);
  const unit = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return (scramble(state) >>> 0) / 2 ** 32;
  };
  return {
    between: (least, most) => least + unit() * (most - least),
    chance: (probability) => unit() < probability,
    pick: (items) => items[Math.floor(unit() * items.length)] as (typeof items)[number],
  };
}

function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
