import { seededRandom, type Random } from './seeded-random.ts';

/**
 * Time that passes only when a simulation lets it: what happens, happens in the order of its time, and everything that
 * can happen at once has happened before the next.
 */
export interface SimulatedWorld {
  readonly random: Random;
  now(): number;
  at(time: number, happen: () => void): () => void;
  run(untilMs: number): Promise<void>;
}

export function simulatedWorld(seed: number): SimulatedWorld {
  const random = seededRandom(seed);
  const events: { time: number; order: number; happen: () => void }[] = [];
  let now = 0;
  let count = 0;
  return {
    random,
    now: () => now,
    at: (time, happen) => {
      const event = { time: Math.max(time, now), order: count++, happen };
      // Sorted by insertion: there are few at a time.
      let i = events.length;
      while (i > 0 && isAfter(events[i - 1] as typeof event, event)) i--;
      events.splice(i, 0, event);
      return () => {
        const index = events.indexOf(event);
        if (index >= 0) events.splice(index, 1);
      };
    },
    run: async (untilMs) => {
      for (let event = events.shift(); event !== undefined && event.time <= untilMs; event = events.shift()) {
        now = event.time;
        event.happen();
        await new Promise(setImmediate);
      }
    },
  };
}

const isAfter = (a: { time: number; order: number }, b: { time: number; order: number }): boolean =>
  a.time > b.time || (a.time === b.time && a.order > b.order);
