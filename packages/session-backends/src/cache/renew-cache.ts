import { setTimeout as sleep } from 'node:timers/promises';
import { MARGIN_MS, TRUST_MS } from './cache-coherence.ts';
import type { CacheRegister } from './cache-register.ts';

/**
 * For a tool that has changed sessions behind their cache's back: when this resolves, nobody is shown what was in the
 * cache before.
 * @param registers the same as the processes that use the cache have; one that can be reached is enough
 * @param trustMs what those processes have as `trustMs`; default is 1000
 * @throws when none of them can be reached
 */
export async function renewCache(registers: readonly CacheRegister[], trustMs: number = TRUST_MS): Promise<void> {
  const switchOff = async (register: CacheRegister): Promise<boolean> => {
    // Nothing there yet: nobody uses a cache by this register.
    if ((await register.read()) === undefined) return false;
    await register.switchOff(0);
    return true;
  };
  const results = await Promise.allSettled(registers.map(switchOff));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // Until those have stopped who have not heard of it.
  if (results.some((result) => result.status === 'fulfilled' && result.value)) await sleep(trustMs + MARGIN_MS);
  else if (failures.length > 0)
    throw new AggregateError(failures, 'no register of the cache could be reached: it may still show what was there');
}
