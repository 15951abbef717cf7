/** How long shoppers wait between two things, fitted to what the machine can serve. */
export interface Pace {
  /** Mean time that one shopper waits. */
  thinkMs(): number;
  /** Fits it to the last second's median time of a request; `undefined` when there was none. */
  adjust(medianMs: number | undefined): void;
}

export interface PaceOptions {
  readonly shoppers: number;
  /** Things that all shoppers together do in a second, at most; one thing is about two requests. */
  readonly mostPerSecond: number;
}

const SLOW_MS = 60;
const QUICK_MS = 20;
const SLOWEST_PER_SECOND = 5;

export function createPace({ shoppers, mostPerSecond }: PaceOptions): Pace {
  let perSecond = mostPerSecond / 2;
  return {
    thinkMs: () => (shoppers / perSecond) * 1000,
    adjust: (medianMs) => {
      // Off quickly, on slowly: a queue that has built up has to go down as well.
      if (medianMs === undefined || medianMs > SLOW_MS) perSecond = Math.max(SLOWEST_PER_SECOND, perSecond * 0.75);
      else if (medianMs < QUICK_MS) perSecond = Math.min(mostPerSecond, perSecond * 1.1);
    },
  };
}
