import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheEra, CacheRegister } from './cache-register.ts';

export interface CoherenceTimes {
  /** How often the register is read. Default is 250. */
  readonly heartbeatMs?: number;
  /** A process uses the cache only if it has heard from the register within this time. The same for all. Default is 1000. */
  readonly trustMs?: number;
  /** How long the cache stays off for everybody after a write could not reach it. Default is 5000. */
  readonly offMs?: number;
}

export interface CacheCoherenceOptions extends CoherenceTimes {
  readonly register: CacheRegister;
  /** The name of the cache's server, while it is connected and answers; else `undefined`. */
  readonly server: () => string | undefined;
  readonly onError?: (error: unknown) => void;
}

/** Keeps a cache that several processes share from showing what was replaced, even when a part of them cannot reach it. */
export interface CacheCoherence {
  /** What the entries to use now are called by; `undefined`: the cache must be neither read nor filled. */
  namespace(): string | undefined;
  /**
   * To be called when a write is committed: resolves when no process can read what was there before it. Normally that
   * is when `tell` has told the cache. If it cannot be told, everybody stops using it first.
   * @throws when neither the cache nor the register can be reached: the write is not to be acknowledged
   */
  publish(tell: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Clocks that run apart by a few percent, and the time between reading a clock and acting on it. */
export const MARGIN_MS = 100;
export const TRUST_MS = 1000;

/** A process that is stopped again and again may miss the pause that it has asked for. */
const PUBLISH_TRIES = 5;

/** The register's word, and how long it holds. All times are this process's own monotonic clock, in milliseconds. */
interface Knowledge {
  readonly era: CacheEra;
  /** When the register was asked. */
  readonly askedAt: number;
  /** When this generation was heard of first: it began before that. */
  readonly firstHeardAt: number;
}

const now = (): number => performance.now();

/**
 * Why this holds. A generation begins with a pause of at least `trustMs`, and whoever has not heard from the register
 * for `trustMs` does not use the cache. So when the pause is over, nobody uses an earlier generation any more, and every
 * write that was published to an earlier one was committed before the first load for the new one.
 */
export function cacheCoherence(options: CacheCoherenceOptions): CacheCoherence {
  const { register, server, heartbeatMs = 250, trustMs = TRUST_MS, offMs = 5000, onError = () => undefined } = options;
  const pauseMs = trustMs + MARGIN_MS;
  let known: Knowledge | undefined;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let suspecting: Promise<void> | undefined;
  let unlisten: Promise<(() => Promise<void>) | undefined> = Promise.resolve(undefined);

  const learn = (era: CacheEra, askedAt: number): void => {
    if (known === undefined || era.generation > known.era.generation) known = { era, askedAt, firstHeardAt: now() };
    // Answers may overtake one another: of one generation, the word asked for last counts.
    else if (era.generation === known.era.generation && askedAt >= known.askedAt) known = { ...known, era, askedAt };
  };

  const ask = async (question: () => Promise<CacheEra | undefined>): Promise<void> => {
    const askedAt = now();
    const era = await question();
    if (era !== undefined) learn(era, askedAt);
  };

  const read = (): Promise<void> =>
    ask(async () => (await register.read()) ?? (await register.renew(server() ?? '', pauseMs, 0)));

  const isFresh = (): boolean => known !== undefined && now() - known.askedAt < trustMs;

  /** Off beyond doubt: counted from when the register was asked. */
  const isOff = (): boolean => known !== undefined && now() < known.askedAt + known.era.offMs;

  const namespace = (): string | undefined => {
    if (known === undefined || !isFresh() || known.era.offMs > 0) return undefined;
    const { generation, server: at } = known.era;
    return server() === at && at !== '' ? `${at.slice(0, 12)}:${generation}:` : undefined;
  };

  /** A restarted or promoted server starts empty, under its own name. */
  const takeOver = async (): Promise<void> => {
    const at = server();
    const era = known?.era;
    if (at !== undefined && era !== undefined && era.offMs === 0 && era.server !== at)
      await ask(() => register.renew(at, pauseMs, era.generation));
  };

  /** Nobody else is to fill a cache that this process cannot tell of its writes. */
  const keepOff = async (): Promise<void> => {
    const left = known === undefined ? 0 : known.askedAt + known.era.offMs - now();
    if (server() === undefined && left > 0 && left < offMs / 2) await ask(() => register.extend(offMs));
  };

  const beat = async (): Promise<void> => {
    try {
      await read();
      await takeOver();
      await keepOff();
    } catch (error) {
      onError(error);
    }
  };

  const schedule = (): void => {
    if (closed) return;
    timer = setTimeout(() => void beat().finally(schedule), heartbeatMs);
    timer.unref();
  };

  /** Switches the cache off for everybody; what is in it will not be used again. */
  const suspect = (): Promise<void> => {
    suspecting ??= ask(() => register.renew(server() ?? known?.era.server ?? '', Math.max(offMs, pauseMs))).finally(
      () => {
        suspecting = undefined;
      },
    );
    return suspecting;
  };

  /** Until those have stopped using the cache, too, who have not heard of this generation. */
  const untilUnused = async (): Promise<void> => {
    const left = (known as Knowledge).firstHeardAt + pauseMs - now();
    if (left > 0) await sleep(left);
  };

  void beat().finally(schedule);
  if (register.listen)
    unlisten = register
      .listen(() => {
        if (known !== undefined) known = { ...known, askedAt: Number.NEGATIVE_INFINITY };
        void beat();
      })
      .catch((error: unknown) => void onError(error));

  return {
    namespace,
    publish: async (tell) => {
      for (let tries = 1; tries <= PUBLISH_TRIES; tries++) {
        // What is known has to be known of the time after the write was committed.
        if (!isFresh() || ((known as Knowledge).era.offMs > 0 && !isOff())) await read();
        if (isOff()) return untilUnused();
        if (namespace() !== undefined)
          try {
            return await tell();
          } catch (error) {
            onError(error);
          }
        await suspect();
      }
      throw new Error('the cache could neither be told of a write nor be switched off in time');
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await (
        await unlisten
      )?.();
    },
  };
}
