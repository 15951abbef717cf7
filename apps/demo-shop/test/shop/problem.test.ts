import { SessionError, type SessionErrorCode } from '@switchyard/session-backends';
import { problemOf } from '../../src/shop/problem.ts';
import { ShopError } from '../../src/shop/shop-error.ts';

const httpError = (status: number, code?: string): Error => Object.assign(new Error('secret words'), { status, code });

describe('problemOf', () => {
  const sessionErrors: [SessionErrorCode, string, number][] = [
    ['SESSION_GONE', 'SESSION_GONE', 400],
    ['SESSION_CONFLICT', 'SESSION_BUSY', 409],
    ['SESSION_UNAVAILABLE', 'SESSION_UNAVAILABLE', 503],
    ['SESSION_UNKNOWN_OUTCOME', 'SESSION_UNCERTAIN', 503],
    ['SESSION_UNDECODABLE', 'INTERNAL', 500],
    ['SESSION_TOO_LARGE', 'INTERNAL', 500],
    ['SESSION_VALUE_MISSING', 'INTERNAL', 500],
  ];

  it.each(sessionErrors)('tells a visitor of %s as %s, %i', (sessionCode, code, status) => {
    expect(problemOf(new SessionError(sessionCode))).toMatchObject({ code, status });
  });

  it.each([
    ['what the shop throws', new ShopError('PRODUCT_GONE'), 'PRODUCT_GONE', 409],
    ['a token that is not right', httpError(403, 'EBADCSRFTOKEN'), 'FORM_EXPIRED', 403],
    ['a body that is too large', httpError(413), 'BODY_TOO_LARGE', 413],
    ['a body that is no good', httpError(400), 'BODY_INVALID', 400],
    [
      'a network that is down',
      Object.assign(new Error('secret words'), { code: 'ECONNREFUSED' }),
      'SHOP_UNAVAILABLE',
      503,
    ],
    ['a fault of our own', new TypeError('secret words'), 'INTERNAL', 500],
    [
      'an error that poses as one of ours',
      Object.assign(new Error('secret words'), { code: 'PRODUCT_GONE' }),
      'INTERNAL',
      500,
    ],
    ['what is no error', 'secret words', 'INTERNAL', 500],
    ['nothing', undefined, 'INTERNAL', 500],
  ])('tells a visitor of %s', (_what, error: unknown, code, status) => {
    const problem = problemOf(error);
    expect(problem).toMatchObject({ code, status, title: expect.any(String) });
    expect(JSON.stringify(problem)).not.toContain('secret words');
  });
});
