import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Shopper } from './shopper.ts';
import { createTurns } from './turns.ts';

/** All shoppers, going about. */
export interface Crowd {
  /** Ends every shopper's wandering, after what each has under way. */
  stop(): Promise<void>;
  /** Has every shopper, a few at a time, look once at everything. Only after `stop`. */
  lookEverywhere(): Promise<void>;
}

export interface CrowdOptions {
  readonly shoppers: readonly Shopper[];
  /** What they do together in a second, as far as the shop can serve that. */
  readonly thingsPerSecond: number;
  readonly random: Random;
  /** Told of a fault in a shopper, which is a fault of this program. */
  readonly onFault: (error: unknown) => void;
}

/** More would not be served sooner by two processes, and whoever waits in line does not wait in the shop. */
const AT_ONCE = 12;
/** In how many mean pauses all shoppers have come in. */
const ARRIVING = 2;

export function startCrowd({ shoppers, thingsPerSecond, random, onFault }: CrowdOptions): Crowd {
  const closing = new AbortController();
  const { signal } = closing;
  setMaxListeners(0, signal);
  const turns = createTurns(AT_ONCE);
  const meanPauseMs = (shoppers.length / thingsPerSecond) * 1_000;

  const wander = async (shopper: Shopper): Promise<void> => {
    // Not all at once: each does a few things in quick succession when it comes in.
    await pause(random.unit() * ARRIVING * meanPauseMs, signal);
    while (!signal.aborted) {
      await turns.take(() => (signal.aborted ? Promise.resolve() : shopper.act()));
      if (!signal.aborted) await pause(shopper.pauseMs(meanPauseMs), signal);
    }
  };
  const wandering = Promise.all(shoppers.map(wander)).catch(onFault);

  return {
    stop: async () => {
      closing.abort();
      await wandering;
    },
    lookEverywhere: async () => {
      await Promise.all(shoppers.map((shopper) => turns.take(() => shopper.lookEverywhere())));
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
