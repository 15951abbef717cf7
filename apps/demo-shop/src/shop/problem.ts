import { isDatabaseUnavailable } from './is-database-unavailable.ts';
import { ShopError, type ShopErrorCode } from './shop-error.ts';

/** What a visitor is told about a failure. */
export interface Problem {
  readonly code: ShopErrorCode;
  readonly status: number;
  readonly title: string;
  readonly message: string;
}

type Words = Omit<Problem, 'code'>;

const problems: Readonly<Record<ShopErrorCode, Words>> = {
  PAGE_UNKNOWN: {
    status: 404,
    title: 'This page does not exist',
    message: 'The address may be mistyped, or the page has moved on. Everything we sell is in the shop.',
  },
  PRODUCT_UNKNOWN: {
    status: 404,
    title: 'We do not have this product',
    message: 'It may have left the catalogue. Your basket is as it was.',
  },
  ORDER_UNKNOWN: {
    status: 404,
    title: 'We cannot show you this order',
    message: 'Log in with the account that placed it to see it among your orders.',
  },
  QUANTITY_INVALID: {
    status: 422,
    title: 'That quantity does not work',
    message: 'Please choose a whole number from 1 to 99. Your basket is as it was.',
  },
  LINE_FULL: {
    status: 422,
    title: 'That is more than we can send',
    message: 'A basket holds 99 of one product at most. Your basket is as it was.',
  },
  BASKET_FULL: {
    status: 422,
    title: 'Your basket is full',
    message: 'It holds 50 different products at most. Please check out first, or make room.',
  },
  BASKET_EMPTY: {
    status: 409,
    title: 'Your basket is empty',
    message: 'There is nothing to order, so nothing was ordered. You may have checked out in another window.',
  },
  PRODUCT_GONE: {
    status: 409,
    title: 'A product in your basket has sold out for good',
    message: 'Nothing was ordered. Please remove it from your basket, then check out again.',
  },
  CHECKOUT_STALE: {
    status: 409,
    title: 'Your basket has changed',
    message: 'Nothing was ordered. Please look at your basket again, then check out.',
  },
  BODY_INVALID: {
    status: 400,
    title: 'We could not read that',
    message: 'It arrived garbled, and nothing was changed. Please go back, reload the page and try again.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'That was too much text',
    message: 'It was more than we accept, and nothing was changed. Please shorten it.',
  },
  FORM_EXPIRED: {
    status: 403,
    title: 'This form has expired',
    message: 'To keep others from ordering in your name, nothing was changed. Please reload the page and try again.',
  },
  SESSION_GONE: {
    status: 400,
    title: 'You have been logged out',
    message: 'Your session ended before this was done, perhaps in another window. Nothing was changed.',
  },
  SESSION_BUSY: {
    status: 409,
    title: 'Too much at once',
    message: 'Another window changed the same thing at the same moment. Please look at your basket and try again.',
  },
  SESSION_UNAVAILABLE: {
    status: 503,
    title: 'We cannot reach your basket',
    message: 'It is safe, and you are still logged in. Please try again in a moment.',
  },
  SESSION_UNCERTAIN: {
    status: 503,
    title: 'We are not sure that worked',
    message: 'Your basket is safe, but the last change may or may not be in it. Please look before you try again.',
  },
  SHOP_UNAVAILABLE: {
    status: 503,
    title: 'The shop is out of reach',
    message: 'Our catalogue does not answer at the moment. Your basket is safe. Please try again in a moment.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something went wrong',
    message: 'This is our fault, not yours. Please try again, or come back a little later.',
  },
};

/** Turns whatever a request failed with into what the visitor is told; never anything of the error's own text. */
export function problemOf(error: unknown): Problem {
  const code = codeOf(error);
  return { code, ...problems[code] };
}

function codeOf(error: unknown): ShopErrorCode {
  if (error instanceof ShopError) return error.code;
  if (isDatabaseUnavailable(error)) return 'SHOP_UNAVAILABLE';
  if (!(error instanceof Error)) return 'INTERNAL';
  const { code, status } = error as { code?: unknown; status?: unknown };
  if (typeof code === 'string' && Object.hasOwn(sessionCodes, code)) return sessionCodes[code] ?? 'INTERNAL';
  if (code === 'EBADCSRFTOKEN') return 'FORM_EXPIRED';
  if (status === 413) return 'BODY_TOO_LARGE';
  // What express and its body parsers throw: malformed JSON, an unsupported charset, an address with a bad escape.
  if (typeof status === 'number' && status >= 400 && status < 500) return 'BODY_INVALID';
  return 'INTERNAL';
}

const sessionCodes: Readonly<Record<string, ShopErrorCode>> = {
  SESSION_GONE: 'SESSION_GONE',
  SESSION_CONFLICT: 'SESSION_BUSY',
  SESSION_UNAVAILABLE: 'SESSION_UNAVAILABLE',
  SESSION_UNKNOWN_OUTCOME: 'SESSION_UNCERTAIN',
};
