import { createWaker, type Waker } from './waker.ts';
import type { Lease } from './lease.ts';

/** One worker's time as the leader. */
export interface Term {
  /** Aborted when it is over, for whatever reason. */
  readonly signal: AbortSignal;
  /** For the middle of a piece of work: false ends it at the next safe point. */
  isOn(): boolean;
  /**
   * Does a piece of work again and again until the term is over. `work` resolves to how long to rest then, in
   * milliseconds; a rest ends early when the waker is woken. What fails is tried again, later and later.
   */
  repeat(work: (woken: boolean) => Promise<number>, waker?: Waker): Promise<void>;
  /** Ends it. Resolves to whether the lease has been lost to another. */
  end(): Promise<boolean>;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;

/** Begins with a lease just acquired, and renews it three times as often as needed. */
export function openTerm(lease: Lease, stop: AbortSignal, ttlMs: number): Term {
  const over = new AbortController();
  const wakers = new Set<Waker>();
  let isLost = false;

  const isOn = (): boolean => !over.signal.aborted && performance.now() < lease.heldUntil();
  const renew = async (): Promise<void> => {
    if (await lease.renew()) return;
    isLost = true;
    over.abort();
  };
  /** A process that was stopped for a while wakes up past its time, and has to ask before it goes on. */
  const goesOn = async (): Promise<boolean> => {
    if (over.signal.aborted || isOn()) return !over.signal.aborted;
    // A database that does not answer now may have given the lease to another by the time it does.
    await renew().catch(() => over.abort());
    return !over.signal.aborted;
  };

  const onStop = (): void => over.abort();
  stop.addEventListener('abort', onStop);
  if (stop.aborted) over.abort();
  over.signal.addEventListener('abort', () => wakers.forEach((waker) => waker.wake()));
  const timer = setInterval(() => void renew().catch(() => undefined), ttlMs / 3);

  const repeat: Term['repeat'] = async (work, waker = createWaker()) => {
    wakers.add(waker);
    let woken = false;
    let failures = 0;
    while (await goesOn()) {
      let restMs: number;
      try {
        restMs = await work(woken);
        failures = 0;
      } catch (error) {
        if (isBug(error)) throw error;
        restMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++);
      }
      if (over.signal.aborted) break;
      woken = await waker.sleep(restMs);
    }
    wakers.delete(waker);
  };

  return {
    signal: over.signal,
    isOn,
    repeat: (work, waker) =>
      repeat(work, waker).catch((error: unknown) => {
        over.abort();
        throw error;
      }),
    end: async () => {
      clearInterval(timer);
      stop.removeEventListener('abort', onStop);
      over.abort();
      return isLost;
    },
  };
}

const isBug = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof ReferenceError ||
  error instanceof SyntaxError;
