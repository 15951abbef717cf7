import type { RequestListener } from 'node:http';
import request, { type Response, type Test } from 'supertest';

export interface JsonBasket {
  readonly items: readonly { productId: string; quantity: number; name: string; priceCents: number }[];
  readonly totalCents: number;
  readonly user: { email: string } | null;
  readonly csrfToken: string;
}

type Fields = Readonly<Record<string, string | number>>;

/** A browser with its own cookies, by name. */
export interface Visitor {
  readonly cookies: Map<string, string>;
  request(method: 'get' | 'post', address: string): Test;
  get(address: string): Test;
  /** Sends a form with the token that belongs to the visitor's cookie. */
  post(address: string, fields?: Fields): Promise<Response>;
  /** Likewise, asking for JSON. */
  postJson(address: string, fields?: Fields): Promise<Response>;
  basket(): Promise<JsonBasket>;
  /** Quantities by product id. */
  quantities(): Promise<Record<string, number>>;
  csrfToken(): Promise<string>;
  /** Of the checkout's form. */
  checkoutKey(): Promise<string>;
}

export function createVisitor(app: RequestListener, cookies = new Map<string, string>()): Visitor {
  let token: string | undefined;

  const send: Visitor['request'] = (method, address) =>
    request(app)
      [method](address)
      .set('Cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
      .on('response', (response: Response) => keepCookies(cookies, response));
  const csrfToken = async (): Promise<string> => {
    token ??= hiddenField((await send('get', '/login').expect(200)).text, '_csrf');
    return token;
  };
  const basket = async (): Promise<JsonBasket> => {
    const response = await send('get', '/basket').set('Accept', 'application/json').expect(200);
    return response.body as JsonBasket;
  };

  return {
    cookies,
    request: send,
    csrfToken,
    basket,
    get: (address) => send('get', address),
    post: async (address, fields = {}) => {
      // First: it may bring the cookie that has to go along.
      const _csrf = await csrfToken();
      return send('post', address)
        .type('form')
        .send({ _csrf, ...fields });
    },
    postJson: async (address, fields = {}) => {
      const header = await csrfToken();
      return send('post', address)
        .set('Accept', 'application/json')
        .set('x-csrf-token', header)
        .type('form')
        .send(fields);
    },
    quantities: async () =>
      Object.fromEntries((await basket()).items.map(({ productId, quantity }) => [productId, quantity])),
    checkoutKey: async () => hiddenField((await send('get', '/checkout').expect(200)).text, 'checkoutKey'),
  };
}

export function hiddenField(html: string, name: string): string {
  const [, value] = new RegExp(`name="${name}" value="([^"]+)"`).exec(html) ?? [];
  if (value === undefined) throw new Error(`the page has no hidden field ${name}`);
  return value;
}

/** As a browser does, as far as one host and one path go. */
function keepCookies(cookies: Map<string, string>, response: Response): void {
  const headers = (response.headers['set-cookie'] ?? []) as string | string[];
  for (const header of [headers].flat()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
    if (/; Max-Age=0(;|$)/i.test(header)) cookies.delete(name);
    else cookies.set(name, value);
  }
}
