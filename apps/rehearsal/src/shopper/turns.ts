/** Lets a few at a time through, and the others wait in line. */
export interface Turns {
  /** Runs the work when its turn has come. */
  take(work: () => Promise<void>): Promise<void>;
}

export function createTurns(atOnce: number): Turns {
  const line: (() => void)[] = [];
  let free = atOnce;
  return {
    take: async (work) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => line.push(resolve));
      try {
        await work();
      } finally {
        // The turn goes to the next in line, or back.
        const next = line.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
