/** What one shopper knows of a basket that only ever grows. */
export interface BasketAccount {
  /** The shop has acknowledged one more of it. */
  acknowledged(productId: string): void;
  /** One more of it was asked for, and nobody knows whether it was added. */
  uncertain(productId: string): void;
  /** How many acknowledged changes this basket lacks. What it shows is what counts from here on. */
  compare(shown: ReadonlyMap<string, number>): number;
  /** Of the acknowledged and the uncertain ones. */
  most(productId: string): number;
  /** All that has been acknowledged, and not found missing. */
  total(): number;
}

interface Line {
  least: number;
  most: number;
}

export function createBasketAccount(): BasketAccount {
  const lines = new Map<string, Line>();
  const lineOf = (productId: string): Line => {
    const line = lines.get(productId) ?? { least: 0, most: 0 };
    lines.set(productId, line);
    return line;
  };
  return {
    acknowledged: (productId) => {
      const line = lineOf(productId);
      line.least++;
      line.most++;
    },
    uncertain: (productId) => {
      lineOf(productId).most++;
    },
    compare: (shown) => {
      let missing = 0;
      for (const [productId, line] of lines) {
        const found = shown.get(productId) ?? 0;
        missing += Math.max(0, line.least - found);
        // An uncertain change may still arrive: what is shown is the least, and no more than that is known.
        line.most = Math.max(found, line.most);
        line.least = found;
      }
      return missing;
    },
    most: (productId) => lines.get(productId)?.most ?? 0,
    total: () => [...lines.values()].reduce((sum, { least }) => sum + least, 0),
  };
}
