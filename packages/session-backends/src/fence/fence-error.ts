export type FenceErrorCode =
  /** A fence is older than one seen before: the database was restored or failed over to a stale copy. */
  | 'FENCE_REGRESSED'
  /** No site would serve the bucket: its fences contradict each other, or kept changing. */
  | 'FENCE_UNSETTLED'
  /** The one site that could tell who serves the bucket cannot be reached. */
  | 'FENCE_UNKNOWN'
  /** A store that stands alone met a fence that a move has claimed. */
  | 'MOVE_CLAIMED';

/** Why a fenced store could not answer; the `cause` of an `unavailable` result. */
export class FenceError extends Error {
  readonly code: FenceErrorCode;

  constructor(code: FenceErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'FenceError';
    this.code = code;
  }
}
