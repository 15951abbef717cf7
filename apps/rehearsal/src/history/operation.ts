import type { Change, Outcome } from '../checker/change.ts';
import type { Shown } from '../checker/judge.ts';

/** What a request asks of the session that it comes with. */
export type Call =
  | Exclude<Change, { readonly kind: 'checkout' }>
  /** Orders what that form was opened for. */
  | { readonly kind: 'checkout'; readonly form: string }
  /** Opens the form of a checkout, or ends one whose order was written while its answer was lost. */
  | { readonly kind: 'form' }
  | { readonly kind: 'look' }
  /** A page that shows nothing of the basket that could be compared. */
  | { readonly kind: 'browse' };

/** What the form of a checkout was answered with: its key, that its order had been written already, or that the basket is empty. */
export type FormAnswer = { readonly form: string } | 'ordered' | 'nothing to order';

/** One request, as its shopper saw it. Cookies are numbers here: nothing in a history opens a session. */
export interface Operation {
  readonly shopper: number;
  /** The process of the shop that it was sent to, counted from one. */
  readonly process: number;
  readonly call: Call;
  /** Before it was sent, in milliseconds of a clock on which no two moments are the same. */
  readonly from: number;
  /** After all of the answer had come, or none would come any more; `undefined` while that has not happened. */
  readonly to: number | undefined;
  /** Stands for the cookie that it came with. */
  readonly key: number | undefined;
  /** Stands for the cookie that its browser has after the answer; `undefined`: the shop knows of no session. */
  readonly keyAfter: number | undefined;
  readonly outcome: Outcome;
  /** A status with the shop's own code, or the network's code. */
  readonly error: string | undefined;
  readonly shown: Shown | undefined;
  readonly formAnswer: FormAnswer | undefined;
}
