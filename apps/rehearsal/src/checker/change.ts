/** A change that a shopper asks for. */
export type Change =
  | { readonly kind: 'add'; readonly productId: string; readonly quantity: number }
  | { readonly kind: 'set'; readonly productId: string; readonly quantity: number }
  | { readonly kind: 'remove'; readonly productId: string }
  | { readonly kind: 'login'; readonly user: string }
  | { readonly kind: 'logout' }
  | { readonly kind: 'checkout' };

/**
 * `ok`: acknowledged, so it must show. `failed`: refused, so it must not show. `unknown`: no answer, or one that says
 * nothing about it (a timeout, a broken connection, a status from 500 on), so it may show or not.
 */
export type Outcome = 'ok' | 'failed' | 'unknown';
