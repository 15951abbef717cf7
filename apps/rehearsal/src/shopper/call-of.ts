import type { Call } from '../history/operation.ts';
import type { HttpRequest } from './http-client.ts';

/** What a request asks for. Whatever the shop has no route for is a page that shows no basket. */
export function callOf({ method, path, body = {} }: HttpRequest): Call {
  const text = (name: string): string => String(body[name] ?? '');
  const line = { productId: text('productId'), quantity: Number(body['quantity'] ?? 0) };
  switch (`${method} ${path}`) {
    case 'GET /basket':
      return { kind: 'look' };
    case 'POST /basket/add':
      return { kind: 'add', ...line };
    case 'POST /basket/set':
      return { kind: 'set', ...line };
    case 'POST /basket/remove':
      return { kind: 'remove', productId: line.productId };
    case 'POST /login':
      return { kind: 'login', user: text('email') };
    case 'POST /logout':
      return { kind: 'logout' };
    case 'GET /checkout':
      return { kind: 'form' };
    case 'POST /checkout':
      return { kind: 'checkout', form: text('checkoutKey') };
    default:
      return { kind: 'browse' };
  }
}
