import { FenceError } from './fence-error.ts';
import { beliefAtStart, BUCKETS, type Belief, type Fence, type SiteName } from './rules.ts';
import type { Site } from './site.ts';

/** How long to go on with what was found out before asking the fences again. */
const ASK_AGAIN_MS = 250;

/** What a process believes about each bucket: who serves it, in which epoch. Every answer of a site may correct it. */
export interface Beliefs {
  /** @throws {FenceError} FENCE_UNKNOWN: none of the sites that answered could say */
  of(bucket: number): Belief;
  /** Is there anything to believe yet? */
  knows(bucket: number): boolean;
  /** The highest epoch that has served so far; 0 at the start. */
  highest(bucket: number): number;
  /** From a fence that bounced an operation. */
  follow(bucket: number, to: Belief): void;
  /**
   * From a fence that served one. `before` is the highest epoch when the operation was sent: answers may overtake each
   * other, but a fence never goes back.
   * @throws {FenceError} FENCE_REGRESSED
   */
  served(bucket: number, by: SiteName, epoch: number, before: number): void;
  /**
   * Asks both sites for their fences, unless that was done a moment ago. A site that cannot be reached is passed over, and
   * one that does not answer is not waited for where the other one serves everything.
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

  const believe = (bucket: number, belief: Belief): void => {
    // What is of an earlier epoch has been overtaken on its way here.
    if (belief.epoch >= (beliefs[bucket]?.epoch ?? 0)) beliefs[bucket] = belief;
  };

  /** Resolves when everybody has answered, or when those who have say of every bucket who serves it. */
  const askNow = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const said: Partial<Record<SiteName, readonly Fence[]>> = {};
      const hear = async (site: Site): Promise<void> => {
        said[site.name] = await site.fences();
        const known = Array.from({ length: BUCKETS }, (_, bucket) => {
          const belief = beliefAtStart(said.old?.[bucket], said.new?.[bucket]);
          if (belief !== undefined) believe(bucket, belief);
          return belief !== undefined;
        });
        if (known.every(Boolean)) resolve();
      };
      void Promise.allSettled(sites.map(hear)).then((answers) => {
        const refused = answers.find((answer) => answer.status === 'rejected');
        if (refused !== undefined && Object.keys(said).length === 0) reject(refused.reason as Error);
        else resolve();
      });
    });

  return {
    of: (bucket) => {
      const belief = beliefs[bucket];
      if (belief !== undefined) return belief;
      // One site alone needs no asking: its own fence says whether it serves.
      if (sites.length === 1) return { site: first.name, epoch: 0 };
      throw new FenceError('FENCE_UNKNOWN', 'the database that could say where these sessions are cannot be reached');
    },
    knows: (bucket) => sites.length === 1 || beliefs[bucket] !== undefined,
    highest: (bucket) => highest[bucket] as number,
    follow: believe,
    served: (bucket, by, epoch, before) => {
      if (epoch < before)
        throw new FenceError(
          'FENCE_REGRESSED',
          `the fence of bucket ${bucket} at the ${by} site is of epoch ${epoch}, but epoch ${before} has been seen: was that database restored from a backup?`,
        );
      highest[bucket] = Math.max(epoch, highest[bucket] as number);
      believe(bucket, { site: by, epoch });
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
