import { randomUUID } from 'node:crypto';
import { customer, openTestShop, type TestShop } from '../../support/open-test-shop.ts';
import type { Visitor } from '../../support/visitor.ts';

let shop: TestShop;

beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

async function order(visitor: Visitor, slug: string): Promise<string> {
  await visitor.post('/basket/add', { productId: await shop.productId(slug) });
  const fields = { name: 'Ada <b>', email: 'ada@example.com', address: '12 Long Street\r\nOld Town' };
  const response = await visitor.post('/checkout', { ...fields, checkoutKey: await visitor.checkoutKey() });
  return String(response.headers['location']);
}

describe('an order', () => {
  it('is shown to the guest who placed it, as it was placed', async () => {
    const guest = shop.visitor();
    const address = await order(guest, 'rain-can');
    await shop.db.product.update({ where: { slug: 'rain-can' }, data: { priceCents: 1, name: 'Cheap can' } });
    const response = await guest.get(address).expect(200);
    for (const part of ['Thank you, Ada &lt;b&gt;', 'Rain watering can', '€39.00', '12 Long Street<br>Old Town<br>'])
      expect(response.text).toContain(part);
    expect(response.headers['cache-control']).toContain('no-store');
  });

  it('is shown to nobody else', async () => {
    const address = await order(shop.visitor(), 'porch-lantern');
    const { text } = await shop.visitor().get(address).expect(404);
    expect(text).toContain('We cannot show you this order');
    const other = shop.visitor();
    await other.post('/login', customer);
    await other.get(address).expect(404);
  });

  it('is shown to its customer after the next login', async () => {
    const visitor = shop.visitor();
    await visitor.post('/login', customer);
    const address = await order(visitor, 'porch-lantern');
    await visitor.post('/logout');
    const loggedOut = await visitor.get(address);
    await visitor.post('/login', customer);
    const loggedIn = await visitor.get(address);
    expect([loggedOut.status, loggedIn.status]).toEqual([404, 200]);
  });

  it.each(['/orders/1', `/orders/${randomUUID()}`, '/orders/%00', "/orders/'"])(
    'is not found at %s',
    async (address) => {
      expect((await shop.visitor().get(address)).status).toBe(404);
    },
  );

  it('is one of the last ten that a guest is shown', async () => {
    const guest = shop.visitor();
    const addresses: string[] = [];
    for (let count = 0; count < 11; count++) addresses.push(await order(guest, 'midnight-ink'));
    const statuses = await Promise.all(addresses.map(async (address) => (await guest.get(address)).status));
    expect(statuses).toEqual([404, ...Array.from({ length: 10 }, () => 200)]);
  });
});

describe('the page of orders', () => {
  it('asks a guest to log in, and leads back', async () => {
    const guest = shop.visitor();
    const response = await guest.get('/orders').expect(303);
    expect(response.headers['location']).toBe('/login?next=/orders');
    const { text } = await guest.get('/login?next=/orders').expect(200);
    expect(text).toContain('Please log in to see your orders.');
    expect(text).toContain('name="next" value="/orders"');
  });

  it('lists the orders of the customer and of nobody else, the latest first', async () => {
    await shop.seedCustomer('lister@example.com');
    const visitor = shop.visitor();
    await visitor.post('/login', { ...customer, email: 'lister@example.com' });
    expect((await visitor.get('/orders').expect(200)).text).toContain('You have not ordered anything yet.');
    const theirs = await order(shop.visitor(), 'letter-set');
    const mine = [await order(visitor, 'letter-set'), await order(visitor, 'meadow-pencils')];
    const { text } = await visitor.get('/orders').expect(200);
    const listed = [...text.matchAll(/href="(\/orders\/[^"]+)"/g)].map(([, address]) => address);
    expect(listed).toEqual(mine.toReversed());
    expect(text).not.toContain(theirs);
  });
});
