export { backfillBucket, coveredBuckets, type BackfillOptions } from './backfill.ts';
export { bucketPhase, type BucketPhase } from './bucket-phase.ts';
export { changeFences, readFences, type FenceChange, type FlipOptions } from './fence-table.ts';
export {
  ALL_BUCKETS,
  createMoveController,
  type MoveController,
  type MoveControllerOptions,
} from './move-controller.ts';
export { pgMoveDatabase, type MoveDatabase, type MovePoolLike, type MoveRow } from './move-database.ts';
export { MoveError, type MoveErrorCode } from './move-error.ts';
export type { MoveSide } from './move-side.ts';
export { countOutbox, drain, drainBatch, type DrainOptions, type DrainResult } from './outbox.ts';
