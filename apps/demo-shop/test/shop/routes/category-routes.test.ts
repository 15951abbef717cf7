import { products } from '../../../src/catalogue/products.ts';
import { openTestShop, type TestShop } from '../../support/open-test-shop.ts';

let shop: TestShop;

beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const shown = async (address: string): Promise<string[]> => {
  const { text } = await shop.visitor().get(address).expect(200).expect('Content-Type', /html/);
  return [...text.matchAll(/<h2><a href="\/products\/([^"]+)">/g)].map(([, slug]) => slug ?? '');
};
const growing = products.filter(({ category }) => category === 'Grow');
const slugs = (list: typeof products): string[] => list.map(({ slug }) => slug);

describe('a category', () => {
  it('shows all of its products and no other, and marks itself in the head of the page', async () => {
    expect(await shown('/categories/grow')).toEqual(slugs(growing));
    const { text } = await shop.visitor().get('/categories/grow');
    expect(text).toContain('<h1>Grow</h1>');
    expect(text).toContain('<a href="/categories/grow" aria-current="page">Grow</a>');
    expect(text).toContain('<a href="/categories/brew">Brew</a>');
  });

  it('can be sorted by price', async () => {
    const byPrice = growing.toSorted((a, b) => a.priceCents - b.priceCents);
    expect(await shown('/categories/grow?sort=cheapest')).toEqual(slugs(byPrice));
    expect(await shown('/categories/grow?sort=dearest')).toEqual(slugs(byPrice.toReversed()));
    expect((await shop.visitor().get('/categories/grow?sort=dearest')).text).toContain(
      '<a href="/categories/grow?sort=dearest" aria-current="true">Highest price</a>',
    );
  });

  it.each(['nothing', '', 'dearest&sort=cheapest', '__proto__'])('has its own order for sort=%s', async (sort) => {
    expect(await shown(`/categories/grow?sort=${sort}`)).toEqual(slugs(growing));
  });

  it('that has nothing says so', async () => {
    await shop.db.product.updateMany({ where: { category: 'Glow' }, data: { category: 'Elsewhere' } });
    const { text } = await shop.visitor().get('/categories/glow').expect(200);
    expect(text).toContain('This shelf is empty at the moment.');
    await shop.db.product.updateMany({ where: { category: 'Elsewhere' }, data: { category: 'Glow' } });
  });

  it.each(['none', 'Grow', '%00', '__proto__', 'grow%2F..'])('is not found by the name %s', async (name) => {
    const { text } = await shop.visitor().get(`/categories/${name}`).expect(404);
    expect(text).toContain('<h1>This page does not exist</h1>');
  });
});
