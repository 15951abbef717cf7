import { customer, openTestShop, type TestShop } from '../support/open-test-shop.ts';
import type { Visitor } from '../support/visitor.ts';

let shop: TestShop;
let stranger: Visitor;
let guest: Visitor;
let member: Visitor;
let order: string;

/** What a request costs: loads and writes of the session, statements at the main database. */
type Cost = [loads: number, writes: number, statements: number];

const costOf = async (work: () => Promise<unknown>): Promise<Cost> => {
  const before = { ...shop.store.asked, statements: shop.statements };
  await work();
  const { loads, writes } = shop.store.asked;
  return [loads - before.loads, writes - before.writes, shop.statements - before.statements];
};

const buy = async (visitor: Visitor, slug: string): Promise<string> => {
  await visitor.post('/basket/add', { productId: await shop.productId(slug) });
  const fields = { name: 'Ada', email: customer.email, address: 'Old Town' };
  const answer = await visitor.post('/checkout', { ...fields, checkoutKey: await visitor.checkoutKey() });
  return String(answer.headers['location']);
};

beforeAll(async () => {
  shop = await openTestShop();
  [stranger, guest, member] = [shop.visitor(), shop.visitor(), shop.visitor()];
  await member.post('/login', { email: customer.email, password: customer.password });
  order = await buy(member, 'rain-can');
  for (const visitor of [guest, member]) {
    for (const slug of ['heron-teapot', 'sparrow-pen', 'moon-shade'])
      await visitor.post('/basket/add', { productId: await shop.productId(slug) });
    // Says what the basket has to say, and opens the checkout.
    await visitor.get('/checkout').expect(200);
  }
});
afterAll(() => shop.close());

describe('a page', () => {
  const pages: [string, Cost, Cost, Cost][] = [
    ['/', [0, 0, 1], [1, 0, 1], [1, 0, 2]],
    ['/categories/brew', [0, 0, 1], [1, 0, 1], [1, 0, 2]],
    ['/search?q=tea', [0, 0, 1], [1, 0, 1], [1, 0, 2]],
    ['/search', [0, 0, 0], [1, 0, 0], [1, 0, 1]],
    // The product, and others of its kind.
    ['/products/heron-teapot', [0, 0, 2], [1, 0, 2], [1, 0, 3]],
    ['/basket', [0, 0, 0], [1, 0, 1], [1, 0, 2]],
    ['/login', [0, 0, 0], [1, 0, 0], [1, 0, 1]],
    ['/register', [0, 0, 0], [1, 0, 0], [1, 0, 1]],
    // Whether this checkout has made an order already.
    ['/checkout', [0, 0, 0], [1, 0, 2], [1, 0, 3]],
    ['/nowhere', [0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ['/assets/shop.css', [0, 0, 0], [0, 0, 0], [0, 0, 0]],
  ];

  it.each(pages)(
    '%s loads a session at most once, writes none, and asks the main database as often as it has to',
    async (address, ofStranger, ofGuest, ofMember) => {
      const costs = [];
      for (const visitor of [stranger, guest, member]) costs.push(await costOf(async () => visitor.get(address)));
      expect(costs).toEqual([ofStranger, ofGuest, ofMember]);
      expect(stranger.cookies.has('shop.sid')).toBe(false);
    },
  );

  it('of orders costs the same however many there are', async () => {
    const cost: Cost = [1, 0, 4];
    expect(await costOf(() => member.get('/orders').expect(200))).toEqual(cost);
    expect(await costOf(() => member.get(order).expect(200))).toEqual(cost);
    for (const slug of ['linen-notebook', 'drip-set']) await buy(member, slug);
    expect(await costOf(() => member.get('/orders').expect(200))).toEqual(cost);
  });
});

describe('a change of the basket', () => {
  it('loads the session once and writes it once; a page that is open needs no more to show it', async () => {
    const id = await shop.productId('heron-teapot');
    await guest.csrfToken();
    const change = (headers: Record<string, string>) => async () => {
      const _csrf = await guest.csrfToken();
      await guest.request('post', '/basket/add').set(headers).type('form').send({ productId: id, _csrf });
    };
    const part = { 'HX-Request': 'true' };
    // Whether there is such a product.
    expect(await costOf(change(part))).toEqual([1, 1, 1]);
    // And what is in the basket, with its prices.
    expect(await costOf(change({ ...part, 'HX-Target': 'basket' }))).toEqual([1, 1, 2]);
    expect(await costOf(change({}))).toEqual([1, 1, 1]);
  });

  it('is said on the next page, which takes the words out of the session, and on no other', async () => {
    const costs = [await costOf(() => guest.get('/')), await costOf(() => guest.get('/'))];
    expect(costs).toEqual([
      [1, 1, 1],
      [1, 0, 1],
    ]);
  });
});
