import type { Outcome } from '../checker/change.ts';
import type { Call } from '../history/operation.ts';

/** What of an answer tells whether the request was carried out. */
export interface Evidence {
  /** `undefined`: no whole answer came. */
  readonly status: number | undefined;
  /** The shop's own code. */
  readonly code: string | undefined;
  /** False when there was no connection to send it on. */
  readonly wasSent: boolean;
  readonly location: string | undefined;
  /** The answer came with another session than the request. */
  readonly gaveSession: boolean;
}

/** The shop refuses with these before it writes anything, wherever they come from. */
const REFUSALS: ReadonlySet<string> = new Set([
  'PAGE_UNKNOWN',
  'PRODUCT_UNKNOWN',
  'ORDER_UNKNOWN',
  'QUANTITY_INVALID',
  'LINE_FULL',
  'BASKET_FULL',
  'BASKET_EMPTY',
  'PRODUCT_GONE',
  'CHECKOUT_STALE',
  'BODY_INVALID',
  'BODY_TOO_LARGE',
  'FORM_EXPIRED',
]);

/** Of the session's write that met them nothing was done; a checkout may have written its order before. */
const UNWRITTEN: ReadonlySet<string> = new Set(['SESSION_GONE', 'SESSION_BUSY', 'SESSION_UNAVAILABLE']);

/** A wrong password, and too many of them. */
const LOGIN_REFUSALS: ReadonlySet<number | undefined> = new Set([401, 429]);

/**
 * What became of a request, as far as its answer tells; in doubt it is unknown. SHOP_UNAVAILABLE is in doubt: products
 * are looked up before a basket is changed, and again for the page that shows the change.
 */
export function outcomeOf({ kind }: Call, { status, code, wasSent, location, gaveSession }: Evidence): Outcome {
  if (!wasSent) return 'failed';
  if (kind === 'look' || kind === 'browse') return status !== undefined && status < 400 ? 'ok' : 'failed';
  // A session is given to a change and to a login only, and not before it is written.
  if (gaveSession && kind !== 'logout') return 'ok';
  if (status === undefined) return 'unknown';
  if (status < 400) return kind !== 'checkout' || location?.startsWith('/orders/') === true ? 'ok' : 'failed';
  if (kind === 'login' && LOGIN_REFUSALS.has(status)) return 'failed';
  if (code === undefined) return 'unknown';
  if (REFUSALS.has(code)) return 'failed';
  return UNWRITTEN.has(code) && kind !== 'checkout' && kind !== 'form' ? 'failed' : 'unknown';
}
