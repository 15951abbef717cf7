import { otherHasGivenUp, type Fence } from '@switchyard/session-backends/fence';

/**
 * Where a bucket is in its move.
 *
 * - `off`: the old side serves, nothing is copied
 * - `mirroring`: the old side serves, the new one is filled
 * - `switching`: a switch is under way in either direction; anybody can finish it
 * - `merging`: the new side serves and looks at the old one for what it lacks
 * - `moved`: the new side serves alone, the old one is a warm mirror
 * - `merging-back`: after a rollback the old side serves, and looks at the new one for what it lacks
 * - `complete`: the new side serves, nothing is carried back
 * - `illegal`: the two fences contradict each other
 */
export type BucketPhase =
  'off' | 'mirroring' | 'switching' | 'merging' | 'moved' | 'merging-back' | 'complete' | 'illegal';

export function bucketPhase(old: Fence, fresh: Fence): BucketPhase {
  if (isSwitching(old, fresh) || isSwitching(fresh, old)) return 'switching';
  if (serves(old, fresh)) {
    if (old.merge) return 'merging-back';
    return old.capture ? 'mirroring' : 'off';
  }
  if (serves(fresh, old)) {
    if (fresh.merge) return 'merging';
    return fresh.capture ? 'moved' : 'complete';
  }
  return 'illegal';
}

/** One side serves, the other one follows it: it has never served, has settled, or has given up for this very epoch. */
const serves = (side: Fence, other: Fence): boolean =>
  side.state === 'auth' &&
  other.epoch <= side.epoch &&
  (other.state === 'idle' || other.state === 'gone') &&
  (!side.merge || otherHasGivenUp(other, side.epoch));

/**
 * `from` still serves, or has just given up, and `to` is armed for the next epoch. Or it is to be armed again: somebody
 * has taken its arm back in the moment in which `from` gave up.
 */
const isSwitching = (from: Fence, to: Fence): boolean => {
  if (to.state !== 'armed') return to.state !== 'auth' && from.state === 'gone' && from.epoch === to.epoch + 1;
  return (from.state === 'auth' && from.epoch === to.epoch - 1) || (from.state === 'gone' && from.epoch === to.epoch);
};
