import { products } from '../../../src/catalogue/products.ts';
import { openTestShop, type TestShop } from '../../support/open-test-shop.ts';

let shop: TestShop;

beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

describe('the catalogue page', () => {
  it('shows every product by category, with its price, its picture and a form to add it', async () => {
    const { text } = await shop.visitor().get('/').expect(200).expect('Content-Type', /html/);
    for (const { name, slug } of products) {
      expect(text).toContain(`<a href="/products/${slug}">${name}</a>`);
      expect(text).toContain(`/assets/products/${slug}.svg?v=`);
    }
    expect(text).toContain('€48.00');
    expect(text.match(/action="\/basket\/add"/g)).toHaveLength(products.length);
    expect([...text.matchAll(/<h2 id="(\w+)">/g)].map(([, anchor]) => anchor)).toEqual([
      'brew',
      'write',
      'grow',
      'glow',
    ]);
  });

  it('has landmarks, a skip link and a place for notices', async () => {
    const { text } = await shop.visitor().get('/').expect(200);
    for (const part of [
      '<html lang="en">',
      '<a class="skip" href="#content">',
      '<main id="content"',
      'aria-live="polite"',
    ])
      expect(text).toContain(part);
  });

  it.each([
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', undefined],
    ['', undefined],
  ])('is the same page for who takes %p', async (accepted, encoding) => {
    const response = await shop.visitor().get('/').set('Accept-Encoding', accepted).expect(200);
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers['vary']).toContain('Accept-Encoding');
    expect(response.text).toContain('Things for <em>slow days</em>');
    expect(response.text.trimEnd()).toMatch(/<\/html>$/);
  });

  it('starts no session for somebody who only looks', async () => {
    const response = await shop.visitor().get('/').expect(200);
    expect(setCookies(response.headers)).toEqual([expect.stringMatching(/^shop\.csrf=.*; HttpOnly; SameSite=Lax$/)]);
    expect(shop.store.created).toBe(0);
  });

  it('has no script of its own, no inline style, and nothing from elsewhere', async () => {
    const response = await shop.visitor().get('/').expect(200);
    expect(response.headers['content-security-policy']).toContain("default-src 'none'");
    expect(response.headers['content-security-policy']).not.toContain('unsafe');
    expect(response.text).not.toMatch(
      /<script(?! src="\/assets\/)|<style| style="| on\w+="|(src|href)="(https?:)?\/\//,
    );
    expect(response.headers['x-powered-by']).toBeUndefined();
    expect(response.headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('a product page', () => {
  it('shows the product, and others of its kind', async () => {
    const { text } = await shop.visitor().get('/products/rain-can').expect(200);
    expect(text).toContain('<h1>Rain watering can</h1>');
    expect(text).toContain('€39.00');
    expect(text).toContain('/products/garden-trowel');
    expect(text).not.toContain('/products/heron-teapot"');
  });

  it('escapes what the database holds', async () => {
    await shop.db.product.create({
      data: {
        slug: 'odd-one',
        name: '<b>Odd</b> & "quoted"',
        description: '<script>alert(1)</script>',
        category: 'Odd <i>things</i>',
        priceCents: 100,
        picture: 'none"><b>.svg',
      },
    });
    const { text } = await shop.visitor().get('/products/odd-one').expect(200);
    expect(text).toContain('&lt;b&gt;Odd&lt;/b&gt; &amp; &quot;quoted&quot;');
    expect(text).not.toMatch(/<b>Odd|<script>|<i>things|none">/);
    expect((await shop.visitor().get('/').expect(200)).text).not.toMatch(/<b>Odd|<script>|<i>things|none">/);
    await shop.db.product.delete({ where: { slug: 'odd-one' } });
  });

  it.each([
    '/products/none',
    '/products/Heron-Teapot',
    '/products/%00',
    `/products/${'a'.repeat(500)}`,
    "/products/'--",
  ])('is not found at %s', async (address) => {
    const { text } = await shop.visitor().get(address).expect(404).expect('Content-Type', /html/);
    expect(text).toContain('We do not have this product');
  });
});

describe('an address that is no page', () => {
  it.each([
    ['/nowhere', 404, 'This page does not exist'],
    ['/products', 404, 'This page does not exist'],
    ['/basket/add', 404, 'This page does not exist'],
    ['/%E0%A4%A', 404, 'This page does not exist'],
    ['/products/%E0%A4%A', 400, 'We could not read that'],
  ])('%s answers %i with a page', async (address, status, title) => {
    const { text } = await shop.visitor().get(address).expect(status).expect('Content-Type', /html/);
    expect(text).toContain(`<h1>${title}</h1>`);
  });

  it('is told as JSON to who prefers JSON', async () => {
    const response = await shop.visitor().get('/nowhere').set('Accept', 'application/json').expect(404);
    expect(response.body).toEqual({ error: { code: 'PAGE_UNKNOWN', message: expect.any(String) } });
  });
});

describe('assets', () => {
  it('are served to be kept, without a session', async () => {
    const { text } = await shop.visitor().get('/').expect(200);
    for (const [, address = ''] of text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)) {
      const response = await shop.visitor().get(address).expect(200);
      expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(response.headers['set-cookie']).toBeUndefined();
    }
  });

  it('are few and small: a first page comes with all that it shows in 40 kB', async () => {
    const sizeOf = async (address: string): Promise<number> => {
      const { headers } = await shop.visitor().get(address).set('Accept-Encoding', 'br').expect(200);
      return Number(headers['content-length']);
    };
    const { text } = await shop.visitor().get('/').expect(200);
    const addresses = new Set(
      [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, address = '']) => address),
    );
    const sizes = await Promise.all(['/', ...addresses].map(sizeOf));
    expect(addresses.size).toBeGreaterThan(products.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(40_000);
  });

  it('include an icon where browsers look for one', async () => {
    const response = await shop.visitor().get('/favicon.ico').redirects(1).expect(200);
    expect(response.headers['content-type']).toBe('image/svg+xml');
  });
});

const setCookies = (headers: Record<string, unknown>): unknown => headers['set-cookie'];
