import type { CacheAnswer, SessionCache } from '@switchyard/session-backends';
import type { SessionCounters } from './session-counters.ts';

/** Without a token nothing may be filled: the cache is suspect, or somebody is writing this key. */
const nameOf = (answer: CacheAnswer): string =>
  answer.status === 'miss' && answer.token === undefined ? 'suspect' : answer.status;

/** The same cache; counts its answers. */
export function watchCache(cache: SessionCache, { cacheAnswers, cacheFailures, loads }: SessionCounters): SessionCache {
  return {
    get: async (keys) => {
      try {
        const answers = await cache.get(keys);
        for (const answer of answers) {
          cacheAnswers.inc({ answer: nameOf(answer) });
          if (answer.status !== 'miss')
            loads.inc({ source: 'cache', result: answer.status === 'hit' ? 'found' : 'absent' });
        }
        return answers;
      } catch (error) {
        cacheAnswers.inc({ answer: 'failed' }, keys.length);
        throw error;
      }
    },
    fill: (fills) => cache.fill(fills),
    change: async (changes) => {
      try {
        await cache.change(changes);
      } catch (error) {
        cacheFailures.inc();
        throw error;
      }
    },
  };
}
