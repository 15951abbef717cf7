import type { Fence, FenceState } from '@switchyard/session-backends/fence';
import { bucketPhase } from '../src/bucket-phase.ts';

const fence = (state: FenceState, epoch: number, merge = false, capture = true): Fence => ({
  state,
  epoch,
  merge,
  capture,
  floor: 0,
  moveId: null,
});

it.each([
  ['off', fence('auth', 1, false, false), fence('idle', 1, false, false)],
  ['mirroring', fence('auth', 1), fence('idle', 1, false, false)],
  ['switching', fence('auth', 1), fence('armed', 2, true)],
  ['switching', fence('gone', 2), fence('armed', 2, true)],
  ['merging', fence('gone', 2), fence('auth', 2, true)],
  ['moved', fence('gone', 2), fence('auth', 2)],
  ['moved', fence('idle', 2), fence('auth', 2)],
  ['switching', fence('armed', 3, true), fence('gone', 3)],
  // Its arm was taken back by one controller in the moment in which another one made the other side give up.
  ['switching', fence('idle', 2), fence('gone', 3)],
  ['switching', fence('gone', 2), fence('gone', 3)],
  ['switching', fence('gone', 2), fence('idle', 1)],
  ['merging-back', fence('auth', 3, true), fence('gone', 3)],
  ['mirroring', fence('auth', 3), fence('idle', 3)],
  ['complete', fence('idle', 2), fence('auth', 2, false, false)],
  ['illegal', fence('auth', 1), fence('auth', 2)],
  ['illegal', fence('idle', 1), fence('idle', 1)],
  ['illegal', fence('gone', 2), fence('gone', 2)],
  ['illegal', fence('gone', 4), fence('gone', 2)],
  ['illegal', fence('auth', 1), fence('gone', 3)],
  ['illegal', fence('auth', 3, true), fence('idle', 3)],
] as const)('a bucket is %s where the old side is %o and the new one %o', (phase, old, fresh) => {
  expect(bucketPhase(old, fresh)).toBe(phase);
});
