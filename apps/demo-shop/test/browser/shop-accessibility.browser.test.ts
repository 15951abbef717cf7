import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { customer } from '../support/open-test-shop.ts';
import {
  describeInBrowser,
  desktop,
  openShopInBrowser,
  phone,
  type ShopInBrowser,
} from '../support/shop-in-browser.ts';

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

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
      const { violations, passes } = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
      if (!passes.some(({ id }) => id === 'color-contrast')) return [`${colorScheme}: axe has not looked at colours`];
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    };
    return [...(await look('light', '{}')), ...(await look('dark', "{ runOnly: ['color-contrast'] }"))];
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
