import type { BucketState } from '../status/bucket-states.ts';
import { countStates } from './headline.ts';

export interface BucketCell {
  readonly bucket: number;
  readonly x: number;
  readonly y: number;
  readonly state: BucketState;
}

export interface BucketGrid {
  readonly cells: readonly BucketCell[];
  readonly legend: readonly { readonly state: BucketState; readonly count: number; readonly means: string }[];
  readonly description: string;
}

/** In the order in which a bucket goes through them. */
const MEANINGS: Readonly<Record<BucketState, string>> = {
  off: 'old serves',
  mirroring: 'old serves, new follows',
  switching: 'changing hands',
  merging: 'new serves, looks at old',
  moved: 'new serves, old follows',
  'merging-back': 'old serves, looks at new',
  complete: 'new serves alone',
  illegal: 'fences contradict',
  unknown: 'not known',
};

const CELL = 16;

export function bucketGrid(buckets: readonly BucketState[]): BucketGrid {
  const counts = countStates(buckets);
  const legend = (Object.keys(MEANINGS) as BucketState[])
    .filter((state) => counts[state] !== undefined)
    .map((state) => ({ state, count: counts[state] ?? 0, means: MEANINGS[state] }));
  return {
    cells: buckets.map((state, bucket) => ({
      bucket,
      x: (bucket % CELL) * CELL,
      y: Math.floor(bucket / CELL) * CELL,
      state,
    })),
    legend,
    description: `Of 256 buckets: ${legend.map(({ count, means }) => `${count} ${means}`).join('; ')}.`,
  };
}
