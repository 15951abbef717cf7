import type { Fence, SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase } from '../bucket-phase.ts';

/** Who serves a bucket, as both its fences say. */
export interface Reign {
  readonly side: SiteName;
  readonly epoch: number;
  /** The other side may hold rows of earlier epochs that this one lacks. */
  readonly merge: boolean;
  /** What is written is carried to the other side. */
  readonly capture: boolean;
}

/** `undefined`: nobody does, or the fences contradict each other. */
export function reignOf(old: Fence, fresh: Fence): Reign | undefined {
  if (bucketPhase(old, fresh) === 'illegal') return undefined;
  const sides = [
    { side: 'old', fence: old },
    { side: 'new', fence: fresh },
  ] as const;
  // Past its commit point a switch is served by the armed side, to whoever has seen the other one give up.
  const serving =
    sides.find(({ fence }) => fence.state === 'auth') ?? sides.find(({ fence }) => fence.state === 'armed');
  if (serving === undefined) return undefined;
  const { epoch, merge, capture } = serving.fence;
  return { side: serving.side, epoch, merge, capture };
}
