import type { Page } from 'playwright-core';
import { unmaskToken } from '../../src/shop/mask-token.ts';
import { keepPicture } from '../support/keep-picture.ts';
import { describeInBrowser } from '../support/launch-browser.ts';
import { customer } from '../support/open-test-shop.ts';
import { desktop, openShopInBrowser, phone, type ShopInBrowser } from '../support/shop-in-browser.ts';

// Other tests keep the machine busy meanwhile.
jest.setTimeout(120_000);

describeInBrowser('the shop in a browser', () => {
  let browser: ShopInBrowser;

  beforeAll(async () => {
    browser = await openShopInBrowser();
  });
  afterAll(() => browser?.close());

  const addToBasket = (page: Page, name: string): Promise<void> =>
    page.getByRole('button', { name: `Add ${name} to the basket` }).click();

  /** In the head of the page: what it says of the basket, which a screen reader reads as one. */
  const basketLink = (page: Page, items: string) =>
    page.getByRole('banner').getByRole('link', { name: `Basket ${items}`.trim(), exact: true });

  const quantityOf = (page: Page, name: string): Promise<string> => page.getByLabel(`Quantity of ${name}`).inputValue();

  const focused = (page: Page): Promise<string> =>
    page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()');

  const sidewaysScroll = (page: Page): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  it('lets a customer browse, add, log in with the basket, and check out, without a complaint', async () => {
    const page = await browser.open(desktop);
    await page.goto('/');
    await keepPicture(page, 'shop.png');
    await page.getByRole('link', { name: 'Rain watering can' }).click();
    await page.getByLabel('Quantity').fill('2');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    // The page stays, and says so.
    await page.getByRole('status').getByText('Rain watering can is in your basket.').waitFor();
    await basketLink(page, '2 items').waitFor();

    await page.getByRole('navigation', { name: 'Categories' }).getByRole('link', { name: 'Brew' }).click();
    await addToBasket(page, 'Heron teapot');
    await page.getByRole('link', { name: 'See the basket' }).click();
    await page.getByRole('button', { name: 'One Heron teapot more' }).click();
    await page.getByText('€174.00').first().waitFor();
    await keepPicture(page, 'basket.png');

    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Email').fill(customer.email);
    await page.getByLabel('Password').fill(customer.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText(`Welcome back, ${customer.name}.`).waitFor();
    await page.goto('/basket');
    expect(await quantityOf(page, 'Rain watering can')).toBe('2');
    expect(await quantityOf(page, 'Heron teapot')).toBe('2');

    await page.getByRole('link', { name: 'Check out' }).click();
    await page.getByLabel('Address').fill('12 Long Street\nOld Town');
    await page.getByRole('button', { name: /Place the order/ }).click();
    await page.getByRole('heading', { name: `Thank you, ${customer.name}` }).waitFor();
    const order = await browser.shop.db.order.findFirstOrThrow({ include: { user: true, lines: true } });
    expect(order).toMatchObject({ totalCents: 17_400, user: { email: customer.email } });
    expect(order.lines.map((line) => line.quantity)).toEqual([2, 2]);

    await basketLink(page, '').click();
    await page.getByText('Nothing in it yet.').waitFor();
    await page.getByRole('link', { name: 'Orders' }).click();
    await page.getByRole('link', { name: /^Order [0-9A-F]{8}/ }).click();
    await page.getByText('Old Town').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('link', { name: 'Log in' }).waitFor();
    expect(browser.complaints()).toEqual([]);
  });

  it('changes the basket in place: total, count and words; the focus stays where it was', async () => {
    const page = await browser.open(desktop);
    await page.goto('/categories/write');
    for (const name of ['Linen notebook', 'Midnight ink, 50 ml']) await addToBasket(page, name);
    await basketLink(page, '2 items').waitFor();
    await page.goto('/basket');
    await page.evaluate('window.isSamePage = true');

    await page.getByRole('button', { name: 'One Linen notebook more' }).press('Enter');
    await page.getByText('€54.00').first().waitFor();
    await page.getByRole('status').getByText('Linen notebook is in your basket.').waitFor({ state: 'attached' });
    expect(await focused(page)).toBe(`more-${await browser.shop.productId('linen-notebook')}`);

    await page.getByLabel('Quantity of Midnight ink').fill('5');
    await page.keyboard.press('Tab');
    await page.getByText('€118.00').first().waitFor();
    await basketLink(page, '7 items').waitFor();

    // Refused: said, and the page is as it was.
    await page.getByLabel('Quantity of Midnight ink').fill('99');
    await page.keyboard.press('Enter');
    await basketLink(page, '101 items').waitFor();
    await page.evaluate(
      `document.querySelector('#more-${await browser.shop.productId('midnight-ink')}').disabled = false`,
    );
    await page.getByRole('button', { name: 'One Midnight ink, 50 ml more' }).click();
    await page.getByRole('status').getByText('A basket holds 99 of one product at most.').waitFor();
    expect(await quantityOf(page, 'Midnight ink')).toBe('99');

    for (const name of ['Linen notebook', 'Midnight ink, 50 ml']) {
      await page.getByRole('button', { name: `Remove ${name}` }).press('Enter');
      await page.getByRole('button', { name: `Remove ${name}` }).waitFor({ state: 'detached' });
    }
    await page.getByText('Nothing in it yet.').waitFor();
    await page.waitForFunction("document.activeElement.id === 'heading'");
    await basketLink(page, '').waitFor();
    expect(await page.evaluate('window.isSamePage')).toBe(true);
    // The browser's own note of the refusal.
    expect(browser.complaints()).toEqual([expect.stringContaining('status of 422')]);
  });

  it('puts everything that a newcomer presses in quick succession into one basket', async () => {
    const page = await browser.open(desktop);
    await page.goto('/');
    // Faster than any answer. Each request that has no session yet would be given one of its own.
    await page.evaluate('for (const button of [...document.querySelectorAll(".add")].slice(0, 4)) button.click()');
    await basketLink(page, '4 items').waitFor();
    await page.goto('/basket');
    expect(await page.getByRole('heading', { level: 2 }).count()).toBe(4);
    expect(browser.complaints()).toEqual([]);
  });

  it('says so when nobody answers, or somebody else does, and the page is as it was', async () => {
    const page = await browser.open(desktop);
    await page.goto('/');
    const unanswered = 'The shop does not answer. Please look at your basket before you try again.';
    await browser.context().setOffline(true);
    await addToBasket(page, 'Heron teapot');
    await page.getByRole('status').getByText(unanswered).waitFor();
    await browser.context().setOffline(false);
    await addToBasket(page, 'Heron teapot');
    await page.getByRole('status').getByText('Heron teapot is in your basket.').waitFor();
    await basketLink(page, '1 item').waitFor();

    await page.goto('/basket');
    await page.route('**/basket/*', (route) => route.fulfill({ status: 502, body: '<h1>Bad gateway</h1>' }));
    await page.getByRole('button', { name: 'One Heron teapot more' }).click();
    await page.getByRole('status').getByText(unanswered).waitFor();
    expect(await quantityOf(page, 'Heron teapot')).toBe('1');
  });

  it('searches while somebody types, and the address goes along', async () => {
    const page = await browser.open(desktop);
    await page.goto('/');
    await page.getByRole('banner').getByRole('searchbox').fill('candle');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Beeswax candles, three' }).waitFor();
    await page.getByRole('main').getByRole('searchbox').fill('fountain');
    await page.getByRole('heading', { name: 'Sparrow fountain pen' }).waitFor();
    await page.getByRole('status').getByText('1 thing for “fountain”').waitFor();
    await page.waitForURL('**/search?q=fountain');
    await addToBasket(page, 'Sparrow fountain pen');
    await basketLink(page, '1 item').waitFor();
    await page.getByRole('link', { name: 'Sparrow fountain pen' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sparrow fountain pen' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Search', exact: true }).waitFor();
    expect(await page.getByRole('main').getByRole('searchbox').inputValue()).toBe('fountain');
    await page.getByRole('main').getByRole('searchbox').fill('zeppelin');
    await page.getByText('Nothing found for “zeppelin”.').waitFor();
    expect(browser.complaints()).toEqual([]);
  });

  it('keeps what two tabs add at the same moment', async () => {
    const one = await browser.open(desktop);
    // Without a session yet, each of two requests at once would be given one of its own.
    await one.goto('/');
    await addToBasket(one, 'Heron teapot');
    await basketLink(one, '1 item').waitFor();
    const other = await browser.context().newPage();
    await other.goto('/');
    await Promise.all([addToBasket(one, 'Linen notebook'), addToBasket(other, 'Midnight ink, 50 ml')]);
    await one.getByText('Linen notebook is in your basket.').waitFor();
    await other.getByText('Midnight ink, 50 ml is in your basket.').waitFor();
    // A tab that somebody comes back to looks again.
    await one.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await basketLink(one, '3 items').waitFor();
    await one.goto('/basket');
    await addToBasket(other, 'Linen notebook');
    await other.getByText('Linen notebook is in your basket.').waitFor();
    await one.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await one.getByText('€102.00').first().waitFor();
    expect(await quantityOf(one, 'Linen notebook')).toBe('2');
    expect(await quantityOf(one, 'Midnight ink, 50 ml')).toBe('1');
    expect(browser.complaints()).toEqual([]);
  });

  it.each([true, false])(
    'takes the first form of each of two tabs that were opened at the same moment (scripts: %p)',
    async (javaScriptEnabled) => {
      const one = await browser.open({ ...desktop, javaScriptEnabled });
      const other = await browser.context().newPage();
      browser.letInTogether('/login', 2);
      await Promise.all([one.goto('/login'), other.goto('/login?next=/')]);
      const tokens = await Promise.all(
        [one, other].map(async (page) => unmaskToken((await page.locator('[name=_csrf]').getAttribute('value')) ?? '')),
      );
      expect(new Set(tokens).size).toBe(2);
      for (const page of [one, other]) {
        await page.getByLabel('Email').fill(customer.email);
        await page.getByLabel('Password').fill(customer.password);
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByText(`Welcome back, ${customer.name}.`).waitFor();
      }
      expect(browser.complaints()).toEqual([]);
    },
  );

  it('survives the back button after a purchase', async () => {
    const page = await browser.open(desktop);
    await page.goto('/');
    await addToBasket(page, 'Linen notebook');
    await page.getByRole('link', { name: 'See the basket' }).click();
    await page.getByRole('link', { name: 'Check out' }).click();
    await page.getByLabel('Name').fill('Guest');
    await page.getByLabel('Email').fill('guest@example.com');
    await page.getByLabel('Address').fill('Old Town');
    const before = await browser.shop.db.order.count();
    await page.getByRole('button', { name: /Place the order/ }).dblclick();
    await page.getByRole('heading', { name: 'Thank you, Guest' }).waitFor();
    await page.goBack();
    await page.goto('/basket');
    await page.getByText('Nothing in it yet.').waitFor();
    expect(await browser.shop.db.order.count()).toBe(before + 1);
    expect(browser.complaints()).toEqual([]);
  });

  it('works on a phone, without scripts, and never scrolls sideways', async () => {
    const page = await browser.open({ ...phone, javaScriptEnabled: false });
    await page.goto('/');
    await keepPicture(page, 'phone.png');
    expect(await sidewaysScroll(page)).toBe(0);
    await page.getByRole('link', { name: 'Search' }).click();
    await page.getByRole('searchbox').fill('teapot');
    await page.keyboard.press('Enter');
    await addToBasket(page, 'Heron teapot');
    await page.getByRole('heading', { name: 'Your basket' }).waitFor();
    await page.getByText('Heron teapot is in your basket.').waitFor();
    await page.getByRole('button', { name: 'One Heron teapot more' }).click();
    await page.getByText('€96.00').first().waitFor();
    const addresses = ['/categories/glow', '/search?q=zzz', '/basket', '/products/reading-lamp', '/checkout', '/login'];
    for (const address of [...addresses, '/register', '/nowhere']) {
      await page.goto(address);
      expect([address, await sidewaysScroll(page)]).toEqual([address, 0]);
    }
    expect(browser.complaints()).toEqual([expect.stringContaining('status of 404')]);
  });

  it('leads to the first field that is not right, and says what is wrong with it', async () => {
    const page = await browser.open(desktop);
    await page.goto('/register');
    await page.getByLabel('Name').fill('Grace');
    await page.getByLabel('Email').fill('grace@localhost');
    await page.getByLabel('Password').fill('0123456789');
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.getByText('Please enter an email address').waitFor();
    expect(await focused(page)).toBe('email');
    expect(await page.title()).toBe('Please look again: Make an account · Kettle & Quill');
    const describedBy = await page.getByLabel('Email').getAttribute('aria-describedby');
    expect(await page.locator(`#${describedBy}`).textContent()).toContain('like ada@example.com');
  });

  it('can be used with the keyboard alone', async () => {
    const page = await browser.open(desktop);
    await page.goto('/login');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type(customer.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(customer.password);
    await page.keyboard.press('Enter');
    await page.getByText(`Welcome back, ${customer.name}.`).waitFor();
    expect(browser.complaints()).toEqual([]);
  });
});
