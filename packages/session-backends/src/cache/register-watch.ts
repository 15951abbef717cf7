import { OFF, type CacheEra, type CacheRegister } from './cache-register.ts';
import type { CoherenceClock } from './coherence-clock.ts';
import type { Heard } from './coherence-rules.ts';

export interface RegisterWatchOptions {
  readonly register: CacheRegister;
  readonly clock: CoherenceClock;
  readonly heartbeatMs: number;
  readonly trustMs: number;
  readonly offMs: number;
  /** What this process calls the server that it could use, if it has heard from every register; else `undefined`. */
  readonly candidate: () => string | undefined;
  readonly onError: (error: unknown) => void;
}

/** Keeps asking one register, and does there what is for everybody: switching the cache on again, or keeping it off. */
export interface RegisterWatch {
  heard(): Heard | undefined;
  /** Resolves when the register has answered, or has failed to, or an answer would come too late to count. */
  ask(): Promise<void>;
  /** @throws when the register could not be reached */
  switchOff(): Promise<void>;
  close(): Promise<void>;
}

export function watchRegister(options: RegisterWatchOptions): RegisterWatch {
  const { register, clock, heartbeatMs, trustMs, offMs, candidate, onError } = options;
  let heard: Heard | undefined;
  let asking: { readonly since: number; readonly done: Promise<void> } | undefined;
  let switchingOff: Promise<void> | undefined;
  let isSteering = false;
  let closed = false;
  let stopBeating = (): void => undefined;

  /** Answers may overtake one another: an earlier generation is old, and of one, the word asked for last counts. */
  const learn = (era: CacheEra, askedAt: number): void => {
    const { generation, server } = era;
    if (heard !== undefined && generation < heard.generation) return;
    const isNew = generation !== heard?.generation;
    if (!isNew && askedAt < (heard as Heard).askedAt) return;
    const heardAt = isNew ? clock.now() : (heard as Heard).heardAt;
    heard = { generation, server, askedAt, heardAt, offUntil: askedAt + era.offMs };
  };

  const learnFrom = async (question: () => Promise<CacheEra | undefined>): Promise<void> => {
    const askedAt = clock.now();
    const era = await question();
    if (era !== undefined) learn(era, askedAt);
  };

  const read = async (): Promise<void> => {
    try {
      await learnFrom(async () => (await register.read()) ?? register.switchOff(0));
    } catch (error) {
      onError(error);
    } finally {
      asking = undefined;
    }
  };

  // One question at a time: a register that does not answer is not to be buried under them.
  const ask = (): Promise<void> => {
    asking ??= { since: clock.now(), done: read() };
    const left = asking.since + trustMs - clock.now();
    return left > 0 ? settledWithin(asking.done, left) : Promise.resolve();
  };

  const settledWithin = (done: Promise<void>, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      void done.then(() => {
        cancel();
        resolve();
      });
    });

  const switchOff = (): Promise<void> => {
    switchingOff ??= learnFrom(() => register.switchOff(offMs)).finally(() => {
      switchingOff = undefined;
    });
    return switchingOff;
  };

  /** What would have to be done here now, for everybody. */
  const nextStep = (): (() => Promise<CacheEra | undefined>) | undefined => {
    if (heard === undefined) return undefined;
    const { generation, server, heardAt, offUntil } = heard;
    const now = clock.now();
    const mine = candidate();
    if (server === OFF && mine === undefined) {
      // Nobody else is to fill a cache that this process cannot tell of its writes.
      const isEnding = offUntil > now && offUntil - now < offMs / 2;
      return isEnding ? () => register.keepOff(offMs) : undefined;
    }
    if (mine === undefined || server === mine) return undefined;
    // A restarted or promoted server goes by a name of its own. Two that are there at once do not take turns quickly.
    const notBefore = server === OFF ? offUntil : heardAt + offMs;
    return now >= notBefore ? () => register.switchOn(mine, generation) : undefined;
  };

  const steer = async (): Promise<void> => {
    const step = isSteering ? undefined : nextStep();
    if (step === undefined) return;
    isSteering = true;
    await learnFrom(step)
      .catch(onError)
      .finally(() => {
        isSteering = false;
      });
  };

  const beat = async (): Promise<void> => {
    await ask();
    if (closed) return;
    void steer();
    stopBeating = clock.after(heartbeatMs, () => void beat());
  };

  const onRenewed = (): void => {
    if (heard !== undefined) heard = { ...heard, askedAt: Number.NEGATIVE_INFINITY };
    // A question that is under way may have been answered before.
    void (asking?.done ?? Promise.resolve()).then(ask);
  };

  void beat();
  const unlisten = register.listen?.(onRenewed).catch((error: unknown) => void onError(error));

  return {
    heard: () => heard,
    ask,
    switchOff,
    close: async () => {
      closed = true;
      stopBeating();
      await (
        await unlisten
      )?.();
    },
  };
}
