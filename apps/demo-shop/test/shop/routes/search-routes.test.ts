import { openTestShop, type TestShop } from '../../support/open-test-shop.ts';

let shop: TestShop;

beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());

const search = async (text: string) =>
  shop
    .visitor()
    .get(`/search?q=${encodeURIComponent(text)}`)
    .expect(200);
const found = (html: string): string[] =>
  [...html.matchAll(/<h2><a href="\/products\/([^"]+)">/g)].map(([, s]) => s ?? '');

describe('the search', () => {
  it.each([
    ['TEAPOT', ['heron-teapot']],
    ['teapot heron', ['heron-teapot']],
    ['lamp', ['reading-lamp', 'moon-shade']],
    ['write', ['sparrow-pen', 'linen-notebook', 'midnight-ink', 'meadow-pencils', 'letter-set']],
    ['beekeeper', ['beeswax-candles']],
    ['tea window', []],
    ['%', []],
    ['_', []],
    [String.raw`\ `, []],
    ["' or 1=1 --", []],
  ])('for %p finds %p', async (text, slugs) => {
    expect(found((await search(text)).text)).toEqual(slugs);
  });

  it('finds what has a % in it by a %', async () => {
    const data = {
      slug: 'all-wool',
      name: '100% wool_socks',
      description: '',
      category: 'Odd',
      priceCents: 900,
      picture: '',
    };
    await shop.db.product.create({ data });
    for (const text of ['100%', '0% w', 'l_s']) expect(found((await search(text)).text)).toEqual(['all-wool']);
    await shop.db.product.delete({ where: { slug: 'all-wool' } });
  });

  it('shows what has the word in its name before what only tells of it', async () => {
    const slugs = found((await search('cup')).text);
    expect(slugs[0]).toBe('morning-cups');
    expect(slugs).toContain('heron-teapot');
  });

  it('says how much there is, and what it looked for, escaped', async () => {
    expect((await search('porch')).text).toContain('<b>1</b> thing for “porch”');
    const { text } = await search('"><script>alert(1)</script>');
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(text).toContain('Nothing found for “&quot;&gt;&lt;script&gt;');
    expect(text).not.toContain('<script>');
  });

  it.each(['', '?q=', '?q=%20%00', '?q=tea&q=pot'])('asks what somebody is looking for at /search%s', async (query) => {
    const { text } = await shop.visitor().get(`/search${query}`).expect(200);
    expect(text).toContain('What are you looking for?');
    expect(found(text)).toEqual([]);
    expect(text).toContain('href="/categories/brew"');
  });

  it('gives a page that is open its results alone', async () => {
    const get = (part: string) =>
      shop.visitor().get('/search?q=lantern').set('HX-Request', 'true').set('HX-Target', part).expect(200);
    const part = await get('results');
    expect(found(part.text)).toEqual(['porch-lantern']);
    expect(part.text).toContain('hx-swap-oob="innerHTML:#found"');
    expect(part.text).not.toMatch(/<html|<h1/);
    expect(part.headers['vary']).toContain('HX-Request, HX-Target');
    expect((await get('another')).text).toContain('<h1>Search</h1>');
  });
});
