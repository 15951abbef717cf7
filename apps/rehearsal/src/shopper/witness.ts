import type { Loss } from '../checker/judge.ts';

/** A key that must be dead: of a session that was logged out, or one that a login replaced. */
export type Comeback = {
  readonly kind: 'logged-out' | 'replaced-key';
  readonly lines: number;
  readonly user: string | null;
};

/** Told everything that shoppers go through. */
export interface Witness {
  /** A request has ended. `error` is its kind, `undefined` when there was none or it was what had to happen. */
  request(durationMs: number, error: string | undefined): void;
  /** The shop has said that a change is done. */
  acknowledged(): void;
  lost(loss: Loss, shopper: number): void;
  cameBack(comeback: Comeback, shopper: number): void;
}
