import { createMoveController, readFences, type BucketPhase, type MoveSide } from '@switchyard/session-move';
import type { Fence, SiteName } from '@switchyard/session-backends/fence';

/** `unknown`: no database says anything of it. */
export type BucketState = BucketPhase | 'unknown';

type Sides = Readonly<Record<SiteName, MoveSide>>;

const NOTHING: readonly BucketState[] = Array.from({ length: 256 }, () => 'unknown');

/** Where each of the 256 buckets is; by what one database says of itself where the other does not answer. */
export async function readBucketStates(sides: Sides, reached: readonly SiteName[]): Promise<readonly BucketState[]> {
  if (reached.length === 2) return createMoveController(sides).phases();
  const [only] = reached;
  if (only === undefined) return NOTHING;
  const fences = await readFences(sides[only].database);
  return fences.map((fence) => (only === 'old' ? byTheOld(fence) : byTheNew(fence)));
}

function byTheOld({ state, merge, capture }: Fence): BucketState {
  if (state !== 'auth') return state === 'armed' ? 'switching' : 'moved';
  if (merge) return 'merging-back';
  return capture ? 'mirroring' : 'off';
}

function byTheNew({ state, merge, capture, moveId }: Fence): BucketState {
  if (state === 'armed') return 'switching';
  if (state !== 'auth') return moveId === null ? 'off' : 'mirroring';
  if (merge) return 'merging';
  return capture ? 'moved' : 'complete';
}
