import type { Outcome } from '../../src/checker/change.ts';
import type { Call } from '../../src/history/operation.ts';
import { outcomeOf, type Evidence } from '../../src/shopper/outcome-of.ts';

const calls: Readonly<Record<Call['kind'], Call>> = {
  add: { kind: 'add', productId: '1', quantity: 1 },
  set: { kind: 'set', productId: '1', quantity: 1 },
  remove: { kind: 'remove', productId: '1' },
  login: { kind: 'login', user: 'robin@example.com' },
  logout: { kind: 'logout' },
  checkout: { kind: 'checkout', form: 'f' },
  form: { kind: 'form' },
  look: { kind: 'look' },
  browse: { kind: 'browse' },
};

const evidence = (given: Partial<Evidence>): Evidence => ({
  status: 200,
  code: undefined,
  wasSent: true,
  location: undefined,
  gaveSession: false,
  ...given,
});

describe('what an answer tells about a request', () => {
  const cases: readonly (readonly [Call['kind'], Partial<Evidence>, Outcome])[] = [
    ['add', { status: 200 }, 'ok'],
    ['login', { status: 303 }, 'ok'],
    ['logout', { status: 303 }, 'ok'],
    // Refused before anything was written.
    ['add', { status: 404, code: 'PRODUCT_UNKNOWN' }, 'failed'],
    ['set', { status: 422, code: 'LINE_FULL' }, 'failed'],
    ['remove', { status: 403, code: 'FORM_EXPIRED' }, 'failed'],
    ['login', { status: 401 }, 'failed'],
    ['login', { status: 429 }, 'failed'],
    ['checkout', { status: 409, code: 'CHECKOUT_STALE' }, 'failed'],
    ['checkout', { status: 409, code: 'BASKET_EMPTY' }, 'failed'],
    // The session's own word that it was not written.
    ['add', { status: 400, code: 'SESSION_GONE' }, 'failed'],
    ['add', { status: 409, code: 'SESSION_BUSY' }, 'failed'],
    ['add', { status: 503, code: 'SESSION_UNAVAILABLE' }, 'failed'],
    ['logout', { status: 503, code: 'SESSION_UNAVAILABLE' }, 'failed'],
    ['login', { status: 503, code: 'SESSION_UNAVAILABLE' }, 'failed'],
    // The order may be written before the session says so.
    ['checkout', { status: 400, code: 'SESSION_GONE' }, 'unknown'],
    ['checkout', { status: 503, code: 'SESSION_UNAVAILABLE' }, 'unknown'],
    ['form', { status: 503, code: 'SESSION_UNAVAILABLE' }, 'unknown'],
    // Products are looked up before the change, and after it.
    ['add', { status: 503, code: 'SHOP_UNAVAILABLE' }, 'unknown'],
    ['add', { status: 503, code: 'SESSION_UNCERTAIN' }, 'unknown'],
    ['logout', { status: 503, code: 'SESSION_UNCERTAIN' }, 'unknown'],
    ['add', { status: 500, code: 'INTERNAL' }, 'unknown'],
    ['add', { status: 502 }, 'unknown'],
    ['add', { status: 400 }, 'unknown'],
    ['add', { status: 418, code: 'SOMETHING_NEW' }, 'unknown'],
    ['checkout', { status: 401 }, 'unknown'],
    ['add', { status: undefined }, 'unknown'],
    ['logout', { status: undefined }, 'unknown'],
    ['add', { status: undefined, wasSent: false }, 'failed'],
    ['checkout', { status: undefined, wasSent: false }, 'failed'],
    // A new session is given when it has been written, whatever fails after that.
    ['login', { status: 503, code: 'SESSION_UNAVAILABLE', gaveSession: true }, 'ok'],
    ['add', { status: 503, code: 'SHOP_UNAVAILABLE', gaveSession: true }, 'ok'],
    // Sent to the order it is ordered; sent back to the basket, or shown the form again, it is not.
    ['checkout', { status: 303, location: '/orders/1' }, 'ok'],
    ['checkout', { status: 303, location: '/basket' }, 'failed'],
    ['checkout', { status: 200 }, 'failed'],
    ['form', { status: 303, location: '/basket' }, 'ok'],
    // Looking changes nothing, so there is nothing to be unknown.
    ['look', { status: 200 }, 'ok'],
    ['look', { status: 503, code: 'SESSION_UNCERTAIN' }, 'failed'],
    ['browse', { status: undefined }, 'failed'],
  ];

  it.each(cases)('%s, answered with %j: %s', (kind, given, outcome) => {
    expect(outcomeOf(calls[kind], evidence(given))).toBe(outcome);
  });
});
