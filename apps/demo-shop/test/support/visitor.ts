import type { Express } from 'express';
import request, { type Agent, type Response, type Test } from 'supertest';

export interface JsonBasket {
  readonly items: readonly { productId: string; quantity: number; name: string; priceCents: number }[];
  readonly totalCents: number;
  readonly user: { email: string } | null;
  readonly csrfToken: string;
}

/** A browser with its own cookies. */
export interface Visitor {
  readonly agent: Agent;
  get(address: string): Test;
  /** Sends a form with the token that belongs to the visitor's cookie. */
  post(address: string, fields?: Readonly<Record<string, string | number>>): Promise<Response>;
  /** Likewise, asking for JSON. */
  postJson(address: string, fields?: Readonly<Record<string, string | number>>): Promise<Response>;
  basket(): Promise<JsonBasket>;
  /** Quantities by product id. */
  quantities(): Promise<Record<string, number>>;
  csrfToken(): Promise<string>;
  /** The hidden field of the form. */
  checkoutKey(): Promise<string>;
}

export function createVisitor(app: Express): Visitor {
  const agent = request.agent(app);
  let token: string | undefined;

  const csrfToken = async (): Promise<string> => {
    token ??= hiddenField((await agent.get('/login').expect(200)).text, '_csrf');
    return token;
  };
  const basket = async (): Promise<JsonBasket> => {
    const response = await agent.get('/basket').set('Accept', 'application/json').expect(200);
    return response.body as JsonBasket;
  };
  const post: Visitor['post'] = async (address, fields = {}) =>
    agent.post(address).type('form').send({ _csrf: await csrfToken(), ...fields });

  return {
    agent,
    csrfToken,
    basket,
    post,
    get: (address) => agent.get(address),
    postJson: async (address, fields = {}) =>
      agent
        .post(address)
        .set('Accept', 'application/json')
        .set('x-csrf-token', await csrfToken())
        .type('form')
        .send(fields),
    quantities: async () =>
      Object.fromEntries((await basket()).items.map(({ productId, quantity }) => [productId, quantity])),
    checkoutKey: async () => hiddenField((await agent.get('/checkout').expect(200)).text, 'checkoutKey'),
  };
}

export function hiddenField(html: string, name: string): string {
  const [, value] = new RegExp(`name="${name}" value="([^"]+)"`).exec(html) ?? [];
  if (value === undefined) throw new Error(`the page has no hidden field ${name}`);
  return value;
}
