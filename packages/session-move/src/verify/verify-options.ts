import type { KeyEncoding } from '@switchyard/session-backends';
import type { Progress } from './pace.ts';

export interface VerifyOptions {
  /** As the rows were written. Default is "sha256". With "plain" keys, sessions of all buckets are read together. */
  readonly keyEncoding?: KeyEncoding;
  /** Draws this share of the rows, more than 0 and at most 1, instead of comparing all. Default is all. */
  readonly sample?: number;
  /** Sets right what can be set right without a doubt about which row is meant. Default is false. */
  readonly repair?: boolean;
  /** With `repair`: also discards what has been written behind the fences. It may be somebody's. Default is false. */
  readonly discardRogue?: boolean;
  /** Pauses between pages to keep to it. Default is no limit. */
  readonly maxRowsPerSecond?: number;
  /** Ends the work after the page under way. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** @throws {TypeError} naming the option that makes no sense */
export function checkVerifyOptions({ sample, repair, discardRogue, maxRowsPerSecond }: VerifyOptions): void {
  if (sample !== undefined && !(sample > 0 && sample <= 1))
    throw new TypeError('verifyMove: "sample" is not a share: more than 0 and at most 1');
  if (maxRowsPerSecond !== undefined && !(maxRowsPerSecond > 0))
    throw new TypeError('verifyMove: "maxRowsPerSecond" is not positive');
  if (discardRogue === true && repair !== true)
    throw new TypeError('verifyMove: "discardRogue" goes with "repair" only');
}
