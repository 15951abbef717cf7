import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionKey } from '@switchyard/session-backends';
import { basketOf, nthKey, revise, type Basket } from '../basket.ts';
import type { Measurement, Task } from '../measurement.ts';
import { percentile } from '../statistics.ts';
import type { OpenSubject } from '../subjects/subject.ts';

const FILLING = 64;

export interface Driver {
  /** Saves every session once and loads it, so that a cache has it. */
  fill(): Promise<void>;
  measure(task: Task): Promise<Measurement>;
}

/** Callers that have each a share of the sessions: what two would do to one session is not measured here. */
export function createDriver(
  subject: OpenSubject,
  { sessions, bytes, stride = 1 }: { sessions: number; bytes: number; stride?: number | undefined },
): Driver {
  const keys = Array.from({ length: sessions }, (_, n) => nthKey(n * stride));
  const keyOf = (caller: number, callers: number): SessionKey => {
    const shares = Math.floor((sessions - 1 - caller) / callers) + 1;
    return keys[caller + callers * Math.floor(Math.random() * shares)] as SessionKey;
  };
  const call = (operation: Task['operation'], key: SessionKey, basket: Basket): Promise<unknown> =>
    operation === 'load' ? subject.load(key) : subject.save(key, revise(basket));

  return {
    fill: async () => {
      const all = async (call: (key: SessionKey) => Promise<unknown>): Promise<void> => {
        let next = 0;
        const caller = async (): Promise<void> => {
          while (next < sessions) await call(keys[next++] as SessionKey);
        };
        await Promise.all(Array.from({ length: FILLING }, caller));
      };
      const basket = basketOf(bytes);
      await all((key) => subject.save(key, revise(basket)));
      await all((key) => subject.load(key));
    },

    measure: async ({ operation, callers, seconds, thinkMs }) => {
      const tookMs: number[] = [];
      const cpu = process.cpuUsage();
      const startedAt = performance.now();
      const until = startedAt + seconds * 1_000;
      const caller = async (_: unknown, number: number): Promise<void> => {
        const basket = basketOf(bytes);
        const think = async (): Promise<number> => {
          if (thinkMs !== undefined) await sleep(Math.random() * 2 * thinkMs);
          return performance.now();
        };
        let beganAt = thinkMs === undefined ? startedAt : await think();
        while (beganAt < until) {
          await call(operation, keyOf(number, callers), basket);
          const endedAt = performance.now();
          tookMs.push(endedAt - beganAt);
          beganAt = thinkMs === undefined ? endedAt : await think();
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      const { user, system } = process.cpuUsage(cpu);
      return {
        opsPerSecond: (tookMs.length / (performance.now() - startedAt)) * 1_000,
        p50Ms: percentile(tookMs, 0.5),
        p99Ms: percentile(tookMs, 0.99),
        cpuMicros: (user + system) / tookMs.length,
      };
    },
  };
}
