import type { Registry } from 'prom-client';
import type { SessionCache, SessionEvent, SessionStore } from '@switchyard/session-backends';
import type { Site, SiteName } from '@switchyard/session-backends/fence';
import { sessionCounters } from './session-counters.ts';
import { watchCache } from './watch-cache.ts';
import { watchSite } from './watch-site.ts';
import { watchStore } from './watch-store.ts';

/** Counts what becomes of sessions. Nothing that it keeps says whose session, or what is in one. */
export interface SessionMetrics {
  /** The same store, counted: the one that requests use. */
  store(store: SessionStore): SessionStore;
  cache(cache: SessionCache): SessionCache;
  /** `standalone` as postgresSite has it. */
  site(site: Site, standalone: boolean): Site;
  onBounce(bucket: number, from: SiteName): void;
  onMirrorFailure(to: SiteName): void;
  onEvent(event: SessionEvent): void;
  /** Operations of the store that have not been answered yet. */
  underWay(): number;
}

export function sessionMetrics(registry: Registry): SessionMetrics {
  const counters = sessionCounters(registry);
  const believed: number[] = [];
  let underWay = 0;
  const count = (by: 1 | -1): void => {
    underWay += by;
    counters.underWay.set(underWay);
  };
  return {
    store: (store) => watchStore(store, counters, count),
    cache: (cache) => watchCache(cache, counters),
    site: (site, standalone) => watchSite(site, standalone, counters, believed),
    onBounce: (_bucket, from) => counters.bounces.inc({ from }),
    onMirrorFailure: (to) => counters.mirrorFailures.inc({ to }),
    onEvent: (event) => counters.events.inc({ event }),
    underWay: () => underWay,
  };
}
