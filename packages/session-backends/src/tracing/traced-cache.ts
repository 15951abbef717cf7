import type { SessionCache } from '../cache/session-cache.ts';
import { isTracing, tracedExchange } from './traced.ts';

/** The same cache; each exchange with it that is part of a traced request is a span. Keys are counted, and not shown. */
export const tracedCache = (cache: SessionCache): SessionCache => ({
  get: (keys) => {
    if (!isTracing()) return cache.get(keys);
    return tracedExchange('session.cache.get', { 'switchyard.keys': keys.length }, async (span) => {
      const answers = await cache.get(keys);
      const missed = answers.filter(({ status }) => status === 'miss');
      span?.setAttributes({
        'switchyard.cache.hits': answers.length - missed.length,
        // Without a token nothing may be filled now: the cache is suspect.
        'switchyard.cache.usable': missed.every((miss) => miss.status !== 'miss' || miss.token !== undefined),
      });
      return answers;
    });
  },
  fill: (fills) =>
    isTracing()
      ? tracedExchange('session.cache.fill', { 'switchyard.keys': fills.length }, () => cache.fill(fills))
      : cache.fill(fills),
  change: (changes) =>
    isTracing()
      ? tracedExchange('session.cache.change', { 'switchyard.keys': changes.length }, () => cache.change(changes))
      : cache.change(changes),
});
