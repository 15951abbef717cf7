import type { Call } from '../../src/history/operation.ts';
import { callOf } from '../../src/shopper/call-of.ts';
import type { HttpRequest } from '../../src/shopper/http-client.ts';

describe('what a request asks for', () => {
  const calls: readonly (readonly [HttpRequest, Call])[] = [
    [{ method: 'GET', path: '/basket' }, { kind: 'look' }],
    [{ method: 'GET', path: '/' }, { kind: 'browse' }],
    [
      { method: 'POST', path: '/basket/add', body: { productId: '7', quantity: 2 } },
      { kind: 'add', productId: '7', quantity: 2 },
    ],
    [
      { method: 'POST', path: '/basket/set', body: { productId: '7', quantity: 0 } },
      { kind: 'set', productId: '7', quantity: 0 },
    ],
    [
      { method: 'POST', path: '/basket/remove', body: { productId: '7' } },
      { kind: 'remove', productId: '7' },
    ],
    [
      { method: 'POST', path: '/login', body: { email: 'robin@example.com', password: 'p' } },
      { kind: 'login', user: 'robin@example.com' },
    ],
    [{ method: 'POST', path: '/logout' }, { kind: 'logout' }],
    [{ method: 'GET', path: '/checkout' }, { kind: 'form' }],
    [
      { method: 'POST', path: '/checkout', body: { checkoutKey: 'f' } },
      { kind: 'checkout', form: 'f' },
    ],
  ];

  it.each(calls)('%j', (request, call) => {
    expect(callOf(request)).toEqual(call);
  });
});
