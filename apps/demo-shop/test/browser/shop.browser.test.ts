import { existsSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { customer, openTestShop, type TestShop } from '../support/open-test-shop.ts';

const executablePath = '/usr/bin/chromium';
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const images = path.join(__dirname, '../../../../docs/images');
const desktop = { viewport: { width: 1280, height: 860 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const isInstalled = existsSync(executablePath);
const isOptional = (process.env['CI'] ?? '') === '';
if (!isInstalled)
  process.stderr.write(`No browser at ${executablePath} (apt-get install chromium): the shop is not tried in one.\n`);

// Other tests keep the machine busy meanwhile.
jest.setTimeout(120_000);

/** On a developer's machine the browser may be missing; in CI that is a failure. */
const describeInBrowser = isInstalled || !isOptional ? describe : describe.skip;

describeInBrowser('the shop in a browser', () => {
  let shop: TestShop;
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let complaints: string[];

  beforeAll(async () => {
    shop = await openTestShop();
    server = createServer(shop.app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await shop?.close();
  });
  afterEach(() => context.close());

  const open = async (options: BrowserContextOptions): Promise<Page> => {
    const { port } = server.address() as AddressInfo;
    complaints = [];
    context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, ...options });
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(error.error().message));
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // Broken off by the visitor going elsewhere.
      if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()} ${reason}`);
    });
    return context.newPage();
  };

  const keep = async (page: Page, name: string): Promise<void> => {
    if (process.env['SCREENSHOTS'] !== '1') return;
    mkdirSync(images, { recursive: true });
    await page.screenshot({ path: path.join(images, name) });
  };

  const addToBasket = (page: Page, name: string): Promise<void> =>
    page.getByRole('button', { name: `Add ${name} to the basket` }).click();

  const quantityOf = (page: Page, name: string): Promise<string> => page.getByLabel(`Quantity of ${name}`).inputValue();

  const sidewaysScroll = (page: Page): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  it('lets a customer browse, add, log in with the basket, and check out, without a complaint', async () => {
    const page = await open(desktop);
    await page.goto('/');
    await keep(page, 'shop.png');
    await page.getByRole('link', { name: 'Rain watering can' }).click();
    await page.getByLabel('Quantity').fill('2');
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await page.getByText('Rain watering can is in your basket.').waitFor();

    await page.getByRole('link', { name: 'Keep looking around' }).click();
    await addToBasket(page, 'Heron teapot');
    await page.getByRole('button', { name: 'One Heron teapot more' }).click();
    await page.getByText('€174.00').first().waitFor();
    await keep(page, 'basket.png');

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
    const order = await shop.db.order.findFirstOrThrow({ include: { user: true, lines: true } });
    expect(order).toMatchObject({ totalCents: 17_400, user: { email: customer.email } });
    expect(order.lines.map((line) => line.quantity)).toEqual([2, 2]);

    await page.getByRole('link', { name: 'Basket' }).click();
    await page.getByText('Nothing in it yet.').waitFor();
    await page.getByRole('link', { name: 'Orders' }).click();
    await page.getByRole('link', { name: /^Order [0-9A-F]{8}/ }).click();
    await page.getByText('Old Town').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('link', { name: 'Log in' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('keeps what two tabs add at the same moment', async () => {
    const one = await open(desktop);
    // Without a session yet, each of two requests at once would be given one of its own.
    await one.goto('/');
    await addToBasket(one, 'Heron teapot');
    await one.getByRole('heading', { name: 'Your basket' }).waitFor();
    await one.goto('/');
    const other = await context.newPage();
    await other.goto('/');
    await Promise.all([addToBasket(one, 'Linen notebook'), addToBasket(other, 'Midnight ink, 50 ml')]);
    await Promise.all([one, other].map((page) => page.getByRole('heading', { name: 'Your basket' }).waitFor()));
    await one.goto('/basket');
    expect(await quantityOf(one, 'Linen notebook')).toBe('1');
    expect(await quantityOf(one, 'Midnight ink, 50 ml')).toBe('1');
    expect(complaints).toEqual([]);
  });

  it('survives the back button after a purchase', async () => {
    const page = await open(desktop);
    await page.goto('/');
    await addToBasket(page, 'Linen notebook');
    await page.getByRole('link', { name: 'Check out' }).click();
    await page.getByLabel('Name').fill('Guest');
    await page.getByLabel('Email').fill('guest@example.com');
    await page.getByLabel('Address').fill('Old Town');
    const before = await shop.db.order.count();
    await page.getByRole('button', { name: /Place the order/ }).dblclick();
    await page.getByRole('heading', { name: 'Thank you, Guest' }).waitFor();
    await page.goBack();
    await page.goto('/basket');
    await page.getByText('Nothing in it yet.').waitFor();
    expect(await shop.db.order.count()).toBe(before + 1);
    expect(complaints).toEqual([]);
  });

  it('works on a phone, without scripts, and never scrolls sideways', async () => {
    const page = await open({ ...phone, javaScriptEnabled: false });
    await page.goto('/');
    await keep(page, 'phone.png');
    expect(await sidewaysScroll(page)).toBe(0);
    await addToBasket(page, 'Heron teapot');
    await page.getByRole('heading', { name: 'Your basket' }).waitFor();
    for (const address of ['/basket', '/products/reading-lamp', '/checkout', '/login', '/register']) {
      await page.goto(address);
      expect([address, await sidewaysScroll(page)]).toEqual([address, 0]);
    }
    expect(complaints).toEqual([]);
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open(desktop);
    await page.goto('/login');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type(customer.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(customer.password);
    await page.keyboard.press('Enter');
    await page.getByText(`Welcome back, ${customer.name}.`).waitFor();
    expect(complaints).toEqual([]);
  });
});
