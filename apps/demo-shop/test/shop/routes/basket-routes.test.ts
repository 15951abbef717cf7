import { openTestShop, type TestShop } from '../../support/open-test-shop.ts';
import type { Visitor } from '../../support/visitor.ts';

let shop: TestShop;
let visitor: Visitor;
let teapot: string;
let pen: string;

beforeAll(async () => {
  shop = await openTestShop();
  teapot = await shop.productId('heron-teapot');
  pen = await shop.productId('sparrow-pen');
});
afterAll(() => shop.close());
beforeEach(() => {
  visitor = shop.visitor();
});

describe('the basket', () => {
  it('is empty at first', async () => {
    expect((await visitor.get('/basket').expect(200)).text).toContain('Nothing in it yet.');
    expect(await visitor.basket()).toEqual({ items: [], totalCents: 0, user: null, csrfToken: expect.any(String) });
  });

  it('is added to, shown with its total, changed and emptied', async () => {
    const added = await visitor.post('/basket/add', { productId: teapot });
    expect([added.status, added.headers['location']]).toEqual([303, '/basket']);
    await visitor.post('/basket/add', { productId: pen, quantity: 2 });
    const { text } = await visitor.get('/basket').expect(200);
    for (const part of ['Heron teapot', 'Sparrow fountain pen', '€84.00', '€132.00']) expect(text).toContain(part);

    expect(await visitor.basket()).toMatchObject({
      items: [
        { productId: teapot, quantity: 1, name: 'Heron teapot', priceCents: 4800 },
        { productId: pen, quantity: 2, name: 'Sparrow fountain pen', priceCents: 4200 },
      ],
      totalCents: 13_200,
    });
    expect((await visitor.post('/basket/set', { productId: teapot, quantity: 5 })).status).toBe(303);
    expect((await visitor.post('/basket/remove', { productId: pen })).status).toBe(303);
    expect(await visitor.quantities()).toEqual({ [teapot]: 5 });
    expect((await visitor.post('/basket/set', { productId: teapot, quantity: 0 })).status).toBe(303);
    expect(await visitor.quantities()).toEqual({});
  });

  it('answers changes with the new basket to who prefers JSON', async () => {
    const response = await visitor.postJson('/basket/add', { productId: pen, quantity: 3 });
    expect(response.status).toBe(200);
    expect(response.body).toMatchObject({ items: [{ productId: pen, quantity: 3 }], totalCents: 12_600, user: null });
    expect((await visitor.postJson('/basket/remove', { productId: pen })).body).toMatchObject({ items: [] });
  });

  it('takes a body of JSON as well', async () => {
    const token = await visitor.csrfToken();
    const body = { productId: pen, quantity: 2 };
    const response = await visitor.request('post', '/basket/add').set('x-csrf-token', token).send(body);
    expect(response.status).toBe(303);
    expect(await visitor.quantities()).toEqual({ [pen]: 2 });
  });

  it('says what was done on the next page, and only there', async () => {
    await visitor.post('/basket/add', { productId: teapot });
    expect((await visitor.get('/basket')).text).toContain('Heron teapot is in your basket.');
    expect((await visitor.get('/basket')).text).not.toContain('Heron teapot is in your basket.');
  });

  describe('asked by a page that is open', () => {
    const ask = async (address: string, fields: Record<string, string | number>, part?: string) => {
      const _csrf = await visitor.csrfToken();
      const request = visitor.request('post', address).set('HX-Request', 'true').type('form');
      if (part !== undefined) request.set('HX-Target', part);
      return request.send({ _csrf, ...fields });
    };

    it('answers with the count and the words for what was done, and leaves none for the next page', async () => {
      const added = await ask('/basket/add', { productId: teapot, quantity: 2 });
      expect([added.status, added.headers['location']]).toEqual([200, undefined]);
      expect(added.text).toMatch(/hx-swap-oob="innerHTML:#count">\s*<span class="count">2<span class="unseen"> items/);
      expect(added.text).toMatch(
        /hx-swap-oob="innerHTML:#notices">\s*<p class="notice[^]*Heron teapot is in your basket\./,
      );
      expect(added.text).not.toMatch(/<html|id="basket"/);
      expect(added.headers['vary']).toContain('HX-Request, HX-Target');
      expect((await visitor.get('/basket')).text).not.toContain('Heron teapot is in your basket.');
    });

    it('answers the basket page with the lines and the total as well', async () => {
      await ask('/basket/add', { productId: teapot });
      const { text } = await ask('/basket/set', { productId: teapot, quantity: 3 }, 'basket');
      expect(text).toContain('<div id="basket"');
      expect(text).toContain('€144.00');
      expect(text).toContain('Heron teapot: now 3 in your basket.');
      expect(text).not.toMatch(/<html|<h1/);
      expect((await ask('/basket/remove', { productId: teapot }, 'basket')).text).toContain('Nothing in it yet.');
    });

    it('says why it refuses, in the place for notices, and has the page stay as it is', async () => {
      const refused = await ask('/basket/add', { productId: '999999' }, 'basket');
      expect([refused.status, refused.headers['hx-reswap']]).toEqual([404, 'none']);
      expect(refused.text).toMatch(/^\s*<div hx-swap-oob="innerHTML:#notices">[^]*We do not have this product/);
      expect(refused.text).not.toContain('<html');
    });
  });

  it('keeps every line when many tabs add at once', async () => {
    const ids = await shop.productIds();
    await visitor.csrfToken();
    await visitor.post('/basket/add', { productId: teapot });
    const answers = await Promise.all(ids.map((productId) => visitor.post('/basket/add', { productId })));
    expect(answers.map((answer) => answer.status)).toEqual(ids.map(() => 303));
    expect(await visitor.quantities()).toEqual({ ...Object.fromEntries(ids.map((id) => [id, 1])), [teapot]: 2 });
  });

  it('keeps both lines when two processes of the shop add at the same moment', async () => {
    await visitor.post('/basket/add', { productId: teapot });
    const elsewhere = shop.visitorElsewhere(visitor);
    await elsewhere.csrfToken();
    shop.store.pairNextLoads();
    const answers = await Promise.all([
      visitor.postJson('/basket/add', { productId: teapot, quantity: 2 }),
      elsewhere.postJson('/basket/add', { productId: pen }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(await visitor.quantities()).toEqual({ [teapot]: 3, [pen]: 1 });
  });

  it('counts both when two processes of the shop add the same product at the same moment', async () => {
    await visitor.post('/basket/add', { productId: teapot });
    const elsewhere = shop.visitorElsewhere(visitor);
    await elsewhere.csrfToken();
    shop.store.pairNextLoads();
    await Promise.all([visitor, elsewhere].map((tab) => tab.postJson('/basket/add', { productId: teapot })));
    expect(await visitor.quantities()).toEqual({ [teapot]: 3 });
  });

  it('counts every addition of one product when many tabs add it at once', async () => {
    await visitor.post('/basket/add', { productId: pen });
    await Promise.all(Array.from({ length: 12 }, () => visitor.post('/basket/add', { productId: pen })));
    expect(await visitor.quantities()).toEqual({ [pen]: 13 });
  });
});

describe('a basket refuses, and stays as it was', () => {
  const refusals: [string, string, Record<string, string>, number, string][] = [
    ['an unknown product', '/basket/add', { productId: '999999' }, 404, 'PRODUCT_UNKNOWN'],
    ['a product id that is none', '/basket/add', { productId: 'heron-teapot' }, 404, 'PRODUCT_UNKNOWN'],
    ['a product id beyond every id', '/basket/add', { productId: '99999999999999999999' }, 404, 'PRODUCT_UNKNOWN'],
    ['no product id', '/basket/add', {}, 404, 'PRODUCT_UNKNOWN'],
    ['an unknown product to set', '/basket/set', { productId: '999999', quantity: '1' }, 404, 'PRODUCT_UNKNOWN'],
    ['a negative quantity', '/basket/add', { productId: 'PEN', quantity: '-1' }, 422, 'QUANTITY_INVALID'],
    ['nothing to add', '/basket/add', { productId: 'PEN', quantity: '0' }, 422, 'QUANTITY_INVALID'],
    ['a huge quantity', '/basket/add', { productId: 'PEN', quantity: '1000000000' }, 422, 'QUANTITY_INVALID'],
    ['a fraction', '/basket/set', { productId: 'PEN', quantity: '1.5' }, 422, 'QUANTITY_INVALID'],
    ['words for a number', '/basket/set', { productId: 'PEN', quantity: 'two' }, 422, 'QUANTITY_INVALID'],
    ['no quantity to set', '/basket/set', { productId: 'PEN' }, 422, 'QUANTITY_INVALID'],
    ['more than 99 in all', '/basket/add', { productId: 'TEAPOT', quantity: '98' }, 422, 'LINE_FULL'],
  ];

  it.each(refusals)('%s', async (_what, address, fields, status, code) => {
    const before = { [teapot]: 2 };
    await visitor.post('/basket/add', { productId: teapot, quantity: 2 });
    const named = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name,
        value === 'PEN' ? pen : value === 'TEAPOT' ? teapot : value,
      ]),
    );
    const page = await visitor.post(address, named);
    expect([page.status, page.type]).toEqual([status, 'text/html']);
    expect(page.text).toMatch(/<h1>[^<]+<\/h1>/);
    const json = await visitor.postJson(address, named);
    expect([json.status, json.body]).toEqual([status, { error: { code, message: expect.any(String) } }]);
    expect(await visitor.quantities()).toEqual(before);
  });

  it('a fifty-first product', async () => {
    const extra = await Promise.all(
      Array.from({ length: 51 }, (_, index) =>
        shop.db.product.create({
          data: {
            slug: `extra-${index}`,
            name: `Extra ${index}`,
            description: '',
            category: 'Extra',
            priceCents: 1,
            picture: '',
          },
        }),
      ),
    );
    const ids = extra.map((product) => String(product.id));
    for (const productId of ids.slice(0, 50)) await visitor.post('/basket/add', { productId });
    expect((await visitor.post('/basket/add', { productId: ids[50] ?? '' })).status).toBe(422);
    expect(Object.keys(await visitor.quantities())).toHaveLength(50);
    await shop.db.product.deleteMany({ where: { category: 'Extra' } });
  });
});

describe('a product that leaves the catalogue while it is in a basket', () => {
  it('is said to be gone, costs nothing and can be removed', async () => {
    const lost = await shop.db.product.create({
      data: { slug: 'lost', name: 'Lost', description: '', category: 'Brew', priceCents: 777, picture: 'lost.svg' },
    });
    await visitor.post('/basket/add', { productId: String(lost.id) });
    await visitor.post('/basket/add', { productId: pen });
    await shop.db.product.delete({ where: { id: lost.id } });
    const { text } = await visitor.get('/basket').expect(200);
    expect(text).toContain('No longer in our shop');
    expect(text).not.toContain('href="/checkout"');
    expect(await visitor.basket()).toMatchObject({ items: [{ productId: pen }], totalCents: 4200 });
    expect((await visitor.post('/basket/remove', { productId: String(lost.id) })).status).toBe(303);
    const after = await visitor.get('/basket').expect(200);
    expect(after.text).toContain('href="/checkout"');
    expect(after.text).not.toContain('No longer in our shop');
  });
});
