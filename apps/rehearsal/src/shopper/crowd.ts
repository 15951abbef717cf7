import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Pace } from './pace.ts';
import type { Shopper } from './shopper.ts';

/** All shoppers, each going about at the crowd's pace. */
export interface Crowd {
  /** Ends every shopper's wandering, after what each has under way. */
  stop(): Promise<void>;
  /** Has every shopper, a few at a time, look once at everything. Only after `stop`. */
  lookEverywhere(): Promise<void>;
}

export interface CrowdOptions {
  readonly shoppers: readonly Shopper[];
  readonly pace: Pace;
  readonly random: Random;
  /** Told of a fault in a shopper, which is a fault of this program. */
  readonly onFault: (error: unknown) => void;
}

const LOOKING_AT_ONCE = 12;
/** In how many mean pauses all shoppers have come in. */
const ARRIVING = 2;

export function startCrowd({ shoppers, pace, random, onFault }: CrowdOptions): Crowd {
  const closing = new AbortController();
  const { signal } = closing;
  setMaxListeners(0, signal);

  const wander = async (shopper: Shopper): Promise<void> => {
    // Not all at once: each does a few things in quick succession when it comes in.
    await pause(random.unit() * ARRIVING * pace.thinkMs(), signal);
    while (!signal.aborted) {
      await shopper.act();
      if (!signal.aborted) await pause(shopper.pauseMs(pace.thinkMs()), signal);
    }
  };
  const wandering = Promise.all(shoppers.map(wander)).catch(onFault);

  return {
    stop: async () => {
      closing.abort();
      await wandering;
    },
    lookEverywhere: async () => {
      const waiting = [...shoppers];
      const lookers = Array.from({ length: LOOKING_AT_ONCE }, async () => {
        for (let shopper = waiting.pop(); shopper !== undefined; shopper = waiting.pop())
          await shopper.lookEverywhere();
      });
      await Promise.all(lookers);
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
