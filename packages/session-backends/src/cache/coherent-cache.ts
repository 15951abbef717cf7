import type { CacheCoherence } from './cache-coherence.ts';
import type { SessionCache } from './session-cache.ts';

/** A cache whose entries are used as far as `coherence` allows; `entries` gives those of a namespace. */
export function coherentCache(coherence: CacheCoherence, entries: (namespace: string) => SessionCache): SessionCache {
  let last: { readonly namespace: string; readonly cache: SessionCache } | undefined;
  const at = (namespace: string): SessionCache => {
    if (last?.namespace !== namespace) last = { namespace, cache: entries(namespace) };
    return last.cache;
  };

  return {
    get: (keys) => {
      const namespace = coherence.namespace();
      // Not a failure: nobody has to be told each time.
      if (namespace === undefined) return Promise.resolve(keys.map(() => ({ status: 'miss', token: undefined })));
      return at(namespace).get(keys);
    },
    fill: async (fills) => {
      const namespace = coherence.namespace();
      // A token from another namespace fills nothing.
      if (namespace !== undefined) await at(namespace).fill(fills);
    },
    change: (changes) => coherence.publish((namespace) => at(namespace).change(changes)),
  };
}
