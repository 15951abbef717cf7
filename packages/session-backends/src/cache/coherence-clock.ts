import { setTimeout as sleep } from 'node:timers/promises';

/** The clock of a process: it goes on while the process is stopped, and is never set. */
export interface CoherenceClock {
  /** Milliseconds since some moment. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls back once, unless the returned function is called before; does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

export const MONOTONIC: CoherenceClock = {
  now: () => performance.now(),
  sleep: (ms) => sleep(ms),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
