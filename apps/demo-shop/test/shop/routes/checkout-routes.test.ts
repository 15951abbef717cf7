import { randomUUID } from 'node:crypto';
import { unmaskToken } from '../../../src/shop/mask-token.ts';
import { customer, openTestShop, type TestShop } from '../../support/open-test-shop.ts';
import { hiddenField, type Visitor } from '../../support/visitor.ts';

let shop: TestShop;
let visitor: Visitor;
let teapot: string;
let pen: string;

const fields = { name: 'Ada', email: 'ada@example.com', address: '12 Long Street\nOld Town' };

beforeAll(async () => {
  shop = await openTestShop();
  teapot = await shop.productId('heron-teapot');
  pen = await shop.productId('sparrow-pen');
});
afterAll(() => shop.close());
beforeEach(async () => {
  visitor = shop.visitor();
  await visitor.post('/basket/add', { productId: teapot, quantity: 2 });
  await visitor.post('/basket/add', { productId: pen });
});

const orderOf = (checkoutKey: string) =>
  shop.db.order.findUnique({ where: { checkoutKey }, include: { lines: { orderBy: { productId: 'asc' } } } });

describe('the checkout', () => {
  it('writes the order with its lines at the prices of the database, and empties the basket', async () => {
    const checkoutKey = await visitor.checkoutKey();
    const response = await visitor.post('/checkout', { ...fields, checkoutKey });
    const order = await orderOf(checkoutKey);
    expect([response.status, response.headers['location']]).toEqual([303, `/orders/${order?.id}`]);
    expect(order).toMatchObject({ ...fields, userId: null, totalCents: 13_800 });
    expect(order?.lines).toMatchObject([
      { productId: Number(teapot), name: 'Heron teapot', quantity: 2, unitPriceCents: 4800 },
      { productId: Number(pen), name: 'Sparrow fountain pen', quantity: 1, unitPriceCents: 4200 },
    ]);
    expect(await visitor.quantities()).toEqual({});
  });

  it('shows what is ordered, and names the customer who is logged in', async () => {
    await visitor.post('/login', customer);
    const { text } = await visitor.get('/checkout').expect(200);
    for (const part of ['€138.00', 'Heron teapot', `value="${customer.email}"`, `value="${customer.name}"`])
      expect(text).toContain(part);
    const checkoutKey = hiddenField(text, 'checkoutKey');
    await visitor.post('/checkout', { ...fields, checkoutKey });
    const user = await shop.db.user.findUniqueOrThrow({ where: { email: customer.email } });
    expect(await orderOf(checkoutKey)).toMatchObject({ userId: user.id });
  });

  it('tells a program what it needs', async () => {
    const response = await visitor.get('/checkout').set('Accept', 'application/json').expect(200);
    expect(response.body).toEqual({
      checkoutKey: await visitor.checkoutKey(),
      totalCents: 13_800,
      csrfToken: expect.any(String),
    });
    expect(unmaskToken(response.body.csrfToken)).toBe(unmaskToken(await visitor.csrfToken()));
  });

  it('makes one order of a double click', async () => {
    const checkoutKey = await visitor.checkoutKey();
    const clicks = Array.from({ length: 4 }, () => visitor.post('/checkout', { ...fields, checkoutKey }));
    const responses = await Promise.all(clicks);
    const order = await orderOf(checkoutKey);
    expect(responses.map((response) => response.headers['location'])).toEqual(clicks.map(() => `/orders/${order?.id}`));
    expect(await shop.db.order.count({ where: { checkoutKey } })).toBe(1);
    expect(await visitor.quantities()).toEqual({});
  });

  it('shows the order also to the click that comes in while the other one finishes', async () => {
    const checkoutKey = await visitor.checkoutKey();
    const held = shop.store.holdNextLoad();
    const late = visitor.post('/checkout', { ...fields, checkoutKey });
    const goOn = await held;
    const first = await visitor.post('/checkout', { ...fields, checkoutKey });
    goOn();
    expect((await late).headers['location']).toBe(first.headers['location']);
    expect(first.headers['location']).toMatch(/^\/orders\//);
  });

  it('makes one order of the forms in two tabs', async () => {
    const [one, other] = [await visitor.checkoutKey(), await visitor.checkoutKey()];
    const before = await shop.db.order.count();
    const responses = await Promise.all(
      [one, other].map((checkoutKey) => visitor.post('/checkout', { ...fields, checkoutKey })),
    );
    expect(responses.map((response) => response.status)).toEqual([303, 303]);
    expect(await shop.db.order.count()).toBe(before + 1);
  });

  it('shows the same order when it is sent again later, and leaves a new basket alone', async () => {
    const checkoutKey = await visitor.checkoutKey();
    const first = await visitor.post('/checkout', { ...fields, checkoutKey });
    await visitor.post('/basket/add', { productId: pen, quantity: 4 });
    const again = await visitor.post('/checkout', { ...fields, checkoutKey });
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(await visitor.quantities()).toEqual({ [pen]: 4 });
  });

  it('keeps what another tab adds while the order is written', async () => {
    const checkoutKey = await visitor.checkoutKey();
    const [ordered] = await Promise.all([
      visitor.post('/checkout', { ...fields, checkoutKey }),
      visitor.post('/basket/add', { productId: await shop.productId('rain-can') }),
      visitor.post('/basket/add', { productId: pen, quantity: 3 }),
    ]);
    expect(ordered.status).toBe(303);
    const order = await orderOf(checkoutKey);
    const sum: Record<string, number> = await visitor.quantities();
    for (const line of order?.lines ?? []) sum[line.productId] = (sum[line.productId] ?? 0) + line.quantity;
    expect(sum).toEqual({ [teapot]: 2, [pen]: 4, [await shop.productId('rain-can')]: 1 });
  });

  it('finishes what was begun when the order was written and the answer was lost', async () => {
    const checkoutKey = await visitor.checkoutKey();
    shop.store.failNextWrite();
    expect((await visitor.post('/checkout', { ...fields, checkoutKey })).status).toBe(503);
    expect(await visitor.quantities()).toEqual({ [teapot]: 2, [pen]: 1 });
    const order = await orderOf(checkoutKey);
    await visitor.post('/basket/add', { productId: pen, quantity: 5 });
    const response = await visitor.get('/checkout').expect(303);
    expect(response.headers['location']).toBe(`/orders/${order?.id}`);
    expect(await visitor.quantities()).toEqual({ [pen]: 5 });
    expect((await visitor.get(`/orders/${order?.id}`).expect(200)).text).toContain(
      'Your order had gone through already.',
    );
  });

  it('takes the price of the moment, but none that was not shown', async () => {
    const checkoutKey = await visitor.checkoutKey();
    await shop.db.product.update({ where: { id: Number(pen) }, data: { priceCents: 4300 } });
    const stale = await visitor.post('/checkout', { ...fields, checkoutKey, shownTotalCents: 13_800 });
    expect([stale.status, await orderOf(checkoutKey)]).toEqual([409, null]);
    expect(await visitor.quantities()).toEqual({ [teapot]: 2, [pen]: 1 });
    await visitor.post('/checkout', { ...fields, checkoutKey, shownTotalCents: 13_900 });
    expect(await orderOf(checkoutKey)).toMatchObject({ totalCents: 13_900 });
    await shop.db.product.update({ where: { id: Number(pen) }, data: { priceCents: 4200 } });
  });
});

describe('a checkout that cannot be', () => {
  it.each([
    ['no name', { name: '' }, 'name-error'],
    ['no address', { address: '  \n ' }, 'address-error'],
    ['an address without end', { address: 'x'.repeat(501) }, 'address-error'],
    ['an email address that is none', { email: 'ada' }, 'email-error'],
  ])('with %s is shown again with what was typed', async (_what, wrong, errorId) => {
    const checkoutKey = await visitor.checkoutKey();
    const response = await visitor.post('/checkout', { ...fields, ...wrong, checkoutKey });
    expect(response.status).toBe(422);
    expect(response.text).toContain(`id="${errorId}"`);
    expect(hiddenField(response.text, 'checkoutKey')).toBe(checkoutKey);
    expect(await orderOf(checkoutKey)).toBeNull();
    expect(await visitor.quantities()).toEqual({ [teapot]: 2, [pen]: 1 });
  });

  it.each([
    ['a key of its own', randomUUID()],
    ['no key', ''],
    ['a key that is none', 'x'.repeat(3000)],
  ])('with %s orders nothing', async (_what, checkoutKey) => {
    const before = await shop.db.order.count();
    await visitor.checkoutKey();
    expect((await visitor.post('/checkout', { ...fields, checkoutKey })).status).toBe(409);
    expect(await shop.db.order.count()).toBe(before);
    expect(await visitor.quantities()).toEqual({ [teapot]: 2, [pen]: 1 });
  });

  it('with the key of somebody else neither orders nor shows their order', async () => {
    const checkoutKey = await visitor.checkoutKey();
    await visitor.post('/checkout', { ...fields, checkoutKey });
    const stranger = shop.visitor();
    await stranger.post('/basket/add', { productId: pen });
    expect((await stranger.post('/checkout', { ...fields, checkoutKey })).status).toBe(409);
    expect(await stranger.quantities()).toEqual({ [pen]: 1 });
  });

  it('of an empty basket leads back to it, and orders nothing', async () => {
    const checkoutKey = await visitor.checkoutKey();
    for (const productId of [teapot, pen]) await visitor.post('/basket/remove', { productId });
    expect((await visitor.post('/checkout', { ...fields, checkoutKey })).status).toBe(409);
    expect(await orderOf(checkoutKey)).toBeNull();
    const response = await visitor.get('/checkout').expect(303);
    expect(response.headers['location']).toBe('/basket');
  });

  it('of a product that has left the catalogue orders nothing', async () => {
    const lost = await shop.db.product.create({
      data: { slug: 'lost', name: 'Lost', description: '', category: 'Brew', priceCents: 777, picture: 'lost.svg' },
    });
    await visitor.post('/basket/add', { productId: String(lost.id) });
    const checkoutKey = await visitor.checkoutKey();
    await shop.db.product.delete({ where: { id: lost.id } });
    const response = await visitor.post('/checkout', { ...fields, checkoutKey });
    expect([response.status, await orderOf(checkoutKey)]).toEqual([409, null]);
    expect((await visitor.get('/checkout').expect(303)).headers['location']).toBe('/basket');
    expect(await visitor.quantities()).toEqual({ [teapot]: 2, [pen]: 1 });
    await visitor.post('/basket/remove', { productId: String(lost.id) });
    expect((await visitor.post('/checkout', { ...fields, checkoutKey })).status).toBe(303);
  });
});
