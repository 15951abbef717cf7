import type { Page } from 'playwright-core';
import { keepPicture } from '../support/keep-picture.ts';
import { axe, describeInBrowser } from '../support/launch-browser.ts';
import { customer } from '../support/open-test-shop.ts';
import { desktop, openShopInBrowser, phone, type ShopInBrowser } from '../support/shop-in-browser.ts';

// Other tests keep the machine busy meanwhile.
jest.setTimeout(120_000);

describeInBrowser('the pages of the shop', () => {
  let browser: ShopInBrowser;

  beforeAll(async () => {
    browser = await openShopInBrowser();
  });
  afterAll(() => browser?.close());

  /** What axe finds serious or worse, in light and in dark. The dark page differs in its colours only. */
  const findings = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    const look = async (colorScheme: 'light' | 'dark', options: string): Promise<string[]> => {
      await page.emulateMedia({ colorScheme });
      // Most of what axe has to tell is not asked for, and need not come over.
      const { grave, hasLooked } = (await page.evaluate(`axe.run(document, ${options}).then((results) => ({
        grave: results.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')),
        hasLooked: results.passes.some(({ id }) => id === 'color-contrast'),
      }))`)) as { grave: string[]; hasLooked: boolean };
      if (!hasLooked) return [`${colorScheme}: axe has not looked at colours`];
      return grave.map((finding) => `${colorScheme} ${finding}`);
    };
    const colours = "runOnly: ['color-contrast']";
    return [
      ...(await look('light', "{ resultTypes: ['violations'] }")),
      ...(await look('dark', `{ resultTypes: ['violations'], ${colours} }`)),
    ];
  };

  it.each([
    ['1280 pixels wide', desktop],
    ['390 pixels wide', phone],
  ])('have nothing serious for axe to find, %s, in light and dark', async (_width, options) => {
    const page = await browser.open(options);
    const visit = async (address: string): Promise<unknown> => {
      await page.goto(address);
      return [address, await findings(page)];
    };
    const clean = async (addresses: readonly string[]): Promise<void> => {
      for (const address of addresses) expect(await visit(address)).toEqual([address, []]);
    };
    await clean(['/', '/categories/grow', '/search?q=light', '/search?q=zeppelin', '/products/heron-teapot']);
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await page.getByRole('status').getByText('Heron teapot is in your basket.').waitFor();
    expect(['with a message', await findings(page)]).toEqual(['with a message', []]);
    if (options === desktop) await keepPicture(page, 'product-dark.png');
    await clean(['/basket', '/checkout', '/register', '/nowhere', '/login']);

    await page.getByLabel('Email').fill(customer.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    expect(['refused', await findings(page)]).toEqual(['refused', []]);
    await page.getByLabel('Password').fill(customer.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Welcome back').waitFor();

    await page.goto('/checkout');
    await page.getByLabel('Address').fill('12 Long Street');
    await page.getByRole('button', { name: /Place the order/ }).click();
    await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    expect(['order', await findings(page)]).toEqual(['order', []]);
    await clean(['/orders', '/basket']);
  });
});
