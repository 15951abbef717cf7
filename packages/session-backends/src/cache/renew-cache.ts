import { setTimeout as sleep } from 'node:timers/promises';
import { MARGIN_MS, TRUST_MS } from './cache-coherence.ts';
import type { CacheRegister } from './cache-register.ts';

/**
 * For a tool that has changed sessions behind their cache's back: when this resolves, nobody is shown what was in the
 * cache before.
 * @param trustMs what the processes that use the cache have as `trustMs`; default is 1000
 */
export async function renewCache(register: CacheRegister, trustMs: number = TRUST_MS): Promise<void> {
  const era = await register.read();
  // No register yet: nobody uses a cache.
  if (era === undefined) return;
  const pauseMs = trustMs + MARGIN_MS;
  await register.renew(era.server, pauseMs);
  await sleep(pauseMs);
}
