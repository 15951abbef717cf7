/** A change that a shopper asks for. */
export type Change =
  | { readonly kind: 'add'; readonly productId: string; readonly quantity: number }
  | { readonly kind: 'set'; readonly productId: string; readonly quantity: number }
  | { readonly kind: 'remove'; readonly productId: string }
  | { readonly kind: 'login'; readonly user: string }
  | { readonly kind: 'logout' }
  | { readonly kind: 'checkout' };

/** A change of one line of the basket. */
export type LineChange = Extract<Change, { readonly productId: string }>;

/**
 * `ok`: acknowledged, or seen to be done by the session that the answer came with, so it must show. `failed`: refused, or
 * never sent, so it must not show. `unknown`: no answer, or one that leaves open whether it was done, so it may show or
 * not.
 */
export type Outcome = 'ok' | 'failed' | 'unknown';
