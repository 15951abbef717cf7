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
  const pauseMs = trustMs + MARGIN_MS;
  const renew = async (register: CacheRegister): Promise<boolean> => {
    const era = await register.read();
    // No row yet: nobody uses a cache by this register.
    if (era !== undefined) await register.renew(era.server, pauseMs);
    return era !== undefined;
  };
  const results = await Promise.allSettled(registers.map(renew));
  const isRenewed = results.some((result) => result.status === 'fulfilled' && result.value);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (isRenewed) await sleep(pauseMs);
  else if (failures.length > 0)
    throw new AggregateError(failures, 'no register of the cache could be reached: it may still show what was there');
}
