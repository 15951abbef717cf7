import { decideFence, type Fence, type Site, type SiteKey } from '@switchyard/session-backends/fence';
import { NOBODYS_KEYS } from '../check-readiness.ts';
import type { SessionCounters } from './session-counters.ts';

const NOBODY: ReadonlySet<string> = new Set(NOBODYS_KEYS);

/** By somebody's request: not by upkeep, nor to find out whether the shop is ready. */
const isAsked = (asked: SiteKey | undefined): boolean => asked !== undefined && !NOBODY.has(asked.key);

/**
 * The same site; counts the rows that it was asked for and those that it was given. `believed` has, for each bucket, the
 * highest epoch that the fences have shown this process: what its store believes.
 */
export function watchSite(site: Site, standalone: boolean, counters: SessionCounters, believed: number[]): Site {
  const { loads, saves, mergeReads, adoptions } = counters;
  const { name } = site;
  const beliefIn = (bucket: number): number => believed[bucket] ?? 0;

  const learn = (bucket: number, { state, epoch }: Fence): void => {
    if ((state === 'auth' || state === 'gone') && epoch > beliefIn(bucket)) believed[bucket] = epoch;
  };
  const loaded = (bucket: number, fence: Fence, isFound: boolean): void => {
    if (decideFence(name, fence, beliefIn(bucket), standalone).kind === 'serve')
      loads.inc({ source: name, result: isFound ? 'found' : 'absent' });
    // Asked although the other one was known to serve: for what this one has kept. Else the operation is sent on.
    else if (fence.state === 'gone' && beliefIn(bucket) >= fence.epoch) mergeReads.inc({ database: name });
  };

  return {
    name,
    fences: async () => {
      const fences = await site.fences();
      fences.forEach((fence, bucket) => learn(bucket, fence));
      return fences;
    },
    load: async (keys) => {
      try {
        const answers = await site.load(keys);
        answers.forEach(({ fence, row }, i) => {
          const bucket = keys[i]?.bucket ?? 0;
          if (isAsked(keys[i])) loaded(bucket, fence, row?.live === true);
          learn(bucket, fence);
        });
        return answers;
      } catch (error) {
        loads.inc({ source: name, result: 'failed' }, keys.filter(isAsked).length);
        throw error;
      }
    },
    write: async (writes) => {
      try {
        const answers = await site.write(writes);
        answers.forEach(({ fence, version }, i) => {
          learn(writes[i]?.bucket ?? 0, fence);
          saves.inc({ database: name, result: version === undefined ? 'refused' : 'written' });
        });
        return answers;
      } catch (error) {
        saves.inc({ database: name, result: 'failed' }, writes.length);
        throw error;
      }
    },
    copy: async (copies) => {
      const answers = await site.copy(copies);
      const adopted = copies.filter(({ adoptEpoch }, i) => adoptEpoch !== null && answers[i]?.applied === true);
      if (adopted.length > 0) adoptions.inc({ database: name }, adopted.length);
      return answers;
    },
  };
}
