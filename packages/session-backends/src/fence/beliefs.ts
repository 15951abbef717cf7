import { FenceError } from './fence-error.ts';
import { beliefAtStart, BUCKETS, type Belief, type Fence, type SiteName } from './rules.ts';
import type { Site } from './site.ts';

/** How long to go on with what was found out before asking the fences again. */
const ASK_AGAIN_MS = 250;

/** What a process believes about each bucket: who serves it, in which epoch. Every answer of a site may correct it. */
export interface Beliefs {
  of(bucket: number): Belief;
  /** From a fence that bounced an operation. */
  follow(bucket: number, to: Belief): void;
  /**
   * From a fence that served one.
   * @throws {FenceError} FENCE_REGRESSED
   */
  served(bucket: number, by: SiteName, epoch: number): void;
  /**
   * Asks both sites for their fences, unless that was done a moment ago. A site that cannot be reached is passed over.
   * @throws what the first site threw when none answered
   */
  ask(): Promise<void>;
}

export function createBeliefs(sites: readonly Site[], now: () => number = Date.now): Beliefs {
  const beliefs = new Array<Belief | undefined>(BUCKETS).fill(undefined);
  const highest = new Array<number>(BUCKETS).fill(0);
  let asking: Promise<void> | undefined;
  let askedAt = -Infinity;
  const [first] = sites;
  if (first === undefined) throw new TypeError('a fenced store needs a site');

  const askNow = async (): Promise<void> => {
    const answers = await Promise.allSettled(
      sites.map(async (site) => ({ site: site.name, fences: await site.fences() })),
    );
    const reached = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    if (reached.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const said = (name: SiteName): Fence | undefined => reached.find(({ site }) => site === name)?.fences[bucket];
      const belief = beliefAtStart(said('old'), said('new'));
      if (belief !== undefined && belief.epoch >= (beliefs[bucket]?.epoch ?? 0)) beliefs[bucket] = belief;
    }
  };

  return {
    of: (bucket) => {
      const belief = beliefs[bucket];
      if (belief !== undefined) return belief;
      // One site alone needs no asking: its own fence says whether it serves.
      if (sites.length === 1) return { site: first.name, epoch: 0 };
      throw new FenceError('FENCE_UNKNOWN', 'the database that could say where these sessions are cannot be reached');
    },
    follow: (bucket, to) => {
      beliefs[bucket] = { site: to.site, epoch: Math.max(to.epoch, beliefs[bucket]?.epoch ?? 0) };
    },
    served: (bucket, by, epoch) => {
      if (epoch < (highest[bucket] as number))
        throw new FenceError(
          'FENCE_REGRESSED',
          `the fence of bucket ${bucket} at the ${by} site is of epoch ${epoch}, but epoch ${highest[bucket]} has been seen: was that database restored from a backup?`,
        );
      highest[bucket] = epoch;
      beliefs[bucket] = { site: by, epoch };
    },
    ask: () => {
      if (asking !== undefined) return asking;
      if (now() - askedAt < ASK_AGAIN_MS) return Promise.resolve();
      asking = askNow().finally(() => {
        askedAt = now();
        asking = undefined;
      });
      return asking;
    },
  };
}
