import type { MoveVerb, WorkerEvent } from '@switchyard/session-move';

/** What a fence change is called, by what it changes. */
export type FenceStep =
  'prepare' | 'capture' | 'arm' | 'disarm' | 'commit' | 'activate' | 'parity' | 'settle' | 'stop-capture' | 'wipe';

/** A moment in the work of a controller or the worker at which it can be made to wait, so that something happens then. */
export type Point =
  /** A fence change: made and not committed yet, its lock held; or committed just now. */
  | { readonly at: 'fence'; readonly when: 'inside' | 'after'; readonly step: FenceStep }
  /** The backfill has come through so many buckets. */
  | { readonly at: 'backfill'; readonly covered: number }
  /** A batch is about to be carried across; or has been, and its entries are not cleared yet. */
  | { readonly at: 'drain'; readonly when: 'before' | 'after' };

/** What came of a verb. */
export type VerbOutcome =
  /** `clean`: of a verify. */
  | { readonly result: 'done'; readonly clean?: boolean; readonly merging?: number }
  /** `why`: the checks that do not hold. */
  | { readonly result: 'refused'; readonly why: string }
  /** `code`: of an error that an operator can act on. */
  | { readonly result: 'failed'; readonly code: string | undefined; readonly why: string }
  /** Nothing is heard of the controller any more: it was killed, or stopped where it was. */
  | { readonly result: 'silent' };

/** To a controller, or the worker. */
export type Order =
  | { readonly kind: 'verb'; readonly verb: MoveVerb; readonly percent: number }
  /** Say so when you come to this point, and wait for a word. Replaces an earlier one. */
  | { readonly kind: 'hold'; readonly point: Point | undefined }
  | { readonly kind: 'go' };

/** From a controller, or the worker. */
export type Word =
  | { readonly kind: 'ready' }
  | { readonly kind: 'at-point' }
  | { readonly kind: 'outcome'; readonly outcome: VerbOutcome }
  | { readonly kind: 'event'; readonly event: WorkerEvent['kind']; readonly text: string };
