import type { CacheRegister } from './cache-register.ts';
import { MONOTONIC, type CoherenceClock } from './coherence-clock.ts';
import { judge, type Heard, type Verdict } from './coherence-rules.ts';
import { watchRegister } from './register-watch.ts';

export interface CoherenceTimes {
  /** How often each register is read. Default is 250. */
  readonly heartbeatMs?: number;
  /**
   * A process uses the cache only if it has heard from every register within this time. The same for all. Default is
   * 1000.
   */
  readonly trustMs?: number;
  /** How long the cache stays off for everybody after a write could not reach it. Default is 5000. */
  readonly offMs?: number;
}

export interface CacheCoherenceOptions extends CoherenceTimes {
  /** The same for all processes: one at each database that sessions may be in, so that any of them may be away. */
  readonly registers: readonly CacheRegister[];
  /** The name of the cache's server, while it is connected and answers; else `undefined`. */
  readonly server: () => string | undefined;
  readonly onError?: (error: unknown) => void;
  /** Default is the process's monotonic clock. */
  readonly clock?: CoherenceClock;
  /** Default is the rule itself. */
  readonly rule?: typeof judge;
}

/** Keeps a cache that several processes share from showing what was replaced, even when a part of them cannot reach it. */
export interface CacheCoherence {
  /** What the entries to use now are called by; `undefined`: the cache must be neither read nor filled. */
  namespace(): string | undefined;
  /**
   * To be called when a write is committed: resolves when no process can read what was there before it. Normally that
   * is when `tell` has told the cache. If it cannot be told, everybody stops using it first.
   * @throws when neither the cache nor any register can be reached: the write is not to be acknowledged
   */
  publish(tell: (namespace: string) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Clocks that run apart by a few percent, and the time between reading a clock and acting on it. */
export const MARGIN_MS = 100;
export const TRUST_MS = 1000;

/** A process that is stopped again and again may find each time that what it has just heard is too old. */
const PUBLISH_TRIES = 5;

export function cacheCoherence(options: CacheCoherenceOptions): CacheCoherence {
  const { registers, heartbeatMs = 250, trustMs = TRUST_MS, offMs = 5000, onError = () => undefined } = options;
  const { clock = MONOTONIC, rule = judge } = options;
  if (registers.length === 0) throw new TypeError('registers: at least one is needed');
  const limits = { trustMs, pauseMs: trustMs + MARGIN_MS };

  // Whoever goes by another number of registers is not to be taken for one of us, while a new list is being deployed.
  const nameOf = (name: string | undefined): string | undefined => name && `${name}/${registers.length}`;
  const server = (): string | undefined => nameOf(options.server());

  const isFresh = ({ heard }: { heard: () => { askedAt: number } | undefined }): boolean =>
    clock.now() - (heard()?.askedAt ?? Number.NEGATIVE_INFINITY) < trustMs;

  const candidate = (): string | undefined => (watches.every(isFresh) ? server() : undefined);

  const watches = registers.map((register) =>
    watchRegister({ register, clock, heartbeatMs, trustMs, offMs, candidate, onError }),
  );

  /** That the cache is in use stays true while nobody has said anything else, until the first word is too old. */
  let inUse: { server: string | undefined; heard: readonly (Heard | undefined)[]; until: number; verdict: Verdict } = {
    server: undefined,
    heard: [],
    until: Number.NEGATIVE_INFINITY,
    verdict: { kind: 'unknown' },
  };

  const verdict = (): Verdict => {
    const now = clock.now();
    const name = options.server();
    if (now < inUse.until && name === inUse.server && watches.every((watch, i) => watch.heard() === inUse.heard[i]))
      return inUse.verdict;
    const heard = watches.map((watch) => watch.heard());
    const judged = rule(heard, nameOf(name), now, limits);
    if (judged.kind === 'use') {
      const until = Math.min(...heard.map((word) => word?.askedAt ?? Number.NEGATIVE_INFINITY)) + trustMs;
      inUse = { server: name, heard, until, verdict: judged };
    }
    return judged;
  };

  /** Asks the registers that have not been heard of in time, until it is known what may be done or there is no answer. */
  const hear = (): Promise<void> =>
    new Promise((resolve) => {
      const asked = watches.filter((watch) => !isFresh(watch)).map(({ ask }) => ask());
      let left = asked.length;
      if (left === 0) resolve();
      for (const answer of asked)
        void answer.then(() => {
          if (--left === 0 || verdict().kind !== 'unknown') resolve();
        });
    });

  /** Whichever register answers first: one is enough. */
  const suspect = async (): Promise<void> => {
    try {
      await Promise.any(watches.map(({ switchOff }) => switchOff()));
    } catch (error) {
      throw new Error('the cache could neither be told of a write nor be switched off', { cause: error });
    }
  };

  const isDone = async (telling: Promise<void>): Promise<boolean> => {
    try {
      await telling;
      return true;
    } catch (error) {
      onError(error);
      return false;
    }
  };

  const until = async (at: number): Promise<void> => {
    const left = at - clock.now();
    if (left > 0) await clock.sleep(left);
  };

  return {
    namespace: () => {
      const now = verdict();
      return now.kind === 'use' ? now.namespace : undefined;
    },
    publish: async (tell) => {
      for (let tries = 1; tries <= PUBLISH_TRIES; tries++) {
        if (verdict().kind === 'unknown') await hear();
        // To be judged when the write has been committed; how long the acknowledgement takes after that is no matter.
        const now = verdict();
        if (now.kind === 'off') return until(now.at);
        if (now.kind === 'use' && (await isDone(tell(now.namespace)))) return;
        if (now.kind === 'soon') await until(now.at);
        else await suspect();
      }
      throw new Error('the cache could neither be told of a write nor be switched off in time');
    },
    close: async () => {
      await Promise.all(watches.map(({ close }) => close()));
    },
  };
}
