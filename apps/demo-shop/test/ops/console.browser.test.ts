import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { DevControls, DevProcess, DevShoppers } from '../../src/ops/dev-controls.ts';
import { createShoppers } from '../../src/ops/shoppers/create-shoppers.ts';
import { axe, describeInBrowser, launchBrowser } from '../support/launch-browser.ts';
import { openConsole, token, type OpenConsole } from './support/open-console.ts';
import { until } from './support/until.ts';

// Other tests keep the machine busy meanwhile.
jest.setTimeout(180_000);

describeInBrowser('the console in a browser', () => {
  let shop: OpenConsole;
  let browser: Browser;
  let context: BrowserContext | undefined;
  let complaints: string[];
  let shoppers: DevShoppers | undefined;
  const killed: string[] = [];

  beforeAll(async () => {
    const running: DevProcess = { id: 'shop 1', kind: 'shop', pid: 4242, state: 'running', restarts: 0 };
    const controls = (url: string): DevControls => ({
      shoppers: (shoppers = createShoppers({ shopUrl: url, pauseMs: 500 })),
      fleet: {
        processes: async () => [running],
        kill: async (id) => killed.push(id) > 0,
        start: async () => 'shop 2',
      },
      newDatabase: undefined,
      redis: undefined,
    });
    shop = await openConsole({ controls, hasWorker: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await shoppers?.stop();
    await shop?.close();
  });
  afterEach(() => context?.close());

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    await context?.close();
    context = await browser.newContext({ baseURL: shop.url, viewport: { width: 1280, height: 900 }, ...options });
    const heard: string[] = (complaints = []);
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) heard.push(message.text());
    });
    context.on('weberror', (error) => heard.push(error.error().message));
    return context.newPage();
  };

  const logIn = async (page: Page, name = 'Ada'): Promise<void> => {
    await page.goto(`/ops/login#token=${token.replaceAll(' ', '+')}`);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('live', { exact: true }).waitFor();
  };

  /** Looks at the plan of a step, confirms it and waits for its end, as the page tells it. */
  const take = async (page: Page, step: string, confirm: string, word?: string): Promise<void> => {
    const title = confirm.replace(/ now$/, '');
    const button = page.getByRole('button', { name: confirm, exact: true });
    const region = page.getByRole('region', { name: title });
    // A busy machine may be too slow for what is checked, before and after the button is pressed.
    await until(`"${step}" is done`, async () => {
      await page.getByRole('button', { name: step, exact: true }).click();
      await page.getByRole('heading', { name: title, exact: true }).and(page.locator('#plan-title')).waitFor();
      if (!(await button.isVisible())) {
        await page.getByRole('link', { name: 'Close' }).click();
        return false;
      }
      if (word !== undefined) await page.getByLabel(/There is no way back/).fill(word);
      await button.click();
      await page.locator('#plan-title').waitFor({ state: 'detached' });
      await region.getByText(/^(done|refused)$/).waitFor();
      return region.getByText('done', { exact: true }).isVisible();
    });
  };

  const findings = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    return (await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))`)) as string[];
  };

  it('asks for the token first, and keeps it out of the address', async () => {
    const page = await open();
    await page.goto('/ops');
    expect(page.url()).toBe(`${shop.url}/ops/login`);
    await page.getByLabel('Your name').fill('Eve');
    await page.getByLabel('Token').fill('not the token');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('That is not the token.').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.goto(`/ops/login#token=${token.replaceAll(' ', '+')}`);
    await page.waitForURL(`${shop.url}/ops/login`);
    expect(await page.getByLabel('Token').inputValue()).toBe(token);
  });

  it('takes the whole way by clicking, and back in between, while shoppers shop and lose nothing', async () => {
    const page = await open();
    await logIn(page);
    await page.getByRole('button', { name: '20 more shoppers' }).click();
    await page.getByText('20 more shoppers are on their way.').waitFor();
    const counted = (what: string): Promise<number> =>
      page
        .locator('.counter p', { hasText: what })
        .locator('b')
        .textContent()
        .then((text) => Number(text?.replaceAll(',', '')));
    await until('baskets fill', async () => (await counted('acknowledged')) > 20);

    await take(page, 'Plan: Start', 'Start the move now');
    await page.getByText('all buckets', { exact: true }).waitFor();
    await take(page, 'Plan: Verify', 'Verify both databases now');
    await take(page, 'Plan a switch to 10 %', 'Switch to 10 % now');
    await page.getByText('26').and(page.locator('.key b')).waitFor();
    await take(page, 'Plan: Roll back', 'Roll everything back now');

    // The state is that of the database, not of the page.
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    await take(page, 'Plan a switch to 100 %', 'Switch to 100 % now');
    await page.locator('.headline').getByText('the old one is its warm mirror.').waitFor();
    await take(page, 'Plan: Verify', 'Verify both databases now');
    await take(page, 'Plan: Complete', 'Complete the move now', 'complete');
    await page.locator('.headline').getByText('The move is complete.').waitFor();
    // A screen reader is told of it, and of the action.
    expect(await page.locator('#announce').textContent()).toMatch(/The move is complete|Complete the move/);

    const before = await counted('acknowledged');
    await until('baskets go on filling', async () => (await counted('acknowledged')) > before + 20);
    await page.getByRole('button', { name: 'Send the shoppers home' }).click();
    await page.getByText('have gone home').waitFor();
    await page.getByText('0 shopping').waitFor();
    expect(await counted('lost')).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('has nothing serious for axe to find, in light and dark, with a plan open', async () => {
    const page = await open();
    await logIn(page);
    await page.getByRole('button', { name: 'Plan: Verify', exact: true }).click();
    await page.locator('#plan-title').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('plan-title');
    await page.locator('#charts canvas').first().waitFor();
    expect(['light', await findings(page)]).toEqual(['light', []]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(['dark', await findings(page)]).toEqual(['dark', []]);
  });

  it('plans anew with options before anything can be confirmed with them', async () => {
    const page = await open();
    await logIn(page);
    // What has been done may be given again.
    await page.getByRole('button', { name: 'Plan: Complete', exact: true }).click();
    await page.getByText('Options', { exact: true }).click();
    await page.locator('#option-max-lag').fill('none');
    await page.getByRole('button', { name: 'Plan with these options' }).click();
    await page
      .getByRole('alert')
      .getByText(/'--max-lag <changes>' argument 'none' is invalid/)
      .waitFor();
    await page.locator('#option-max-lag').fill('500');
    await page.getByLabel('--drop').check();
    // A busy machine may be too slow for what is checked.
    const confirm = page.getByRole('button', { name: 'Complete, and drop the old table now', exact: true });
    await until('the plan can be confirmed', async () => {
      await page.getByRole('button', { name: 'Plan with these options' }).click();
      await page.getByRole('heading', { name: 'Complete, and drop the old table' }).waitFor();
      return (await confirm.isVisible()) && (await confirm.isEnabled());
    });
    expect(await page.locator('.lines').textContent()).toContain('drop the old table');
    expect(await findings(page)).toEqual([]);
    await page.locator('#option-max-lag').fill('400');
    expect(await confirm.isDisabled()).toBe(true);
  });

  it('does not bring a plan back that was asked for before another one was confirmed', async () => {
    const page = await open();
    await logIn(page);
    await page.getByRole('button', { name: 'Plan: Start', exact: true }).click();
    await page.locator('#plan-title').waitFor();
    // The answer to the first request comes last.
    let answer = async (): Promise<void> => undefined;
    await page.route('**/ops/plan?verb=start', async (route) => {
      answer = () => route.continue().catch(() => undefined);
    });
    await page.getByRole('button', { name: 'Plan: Start', exact: true }).click();
    await page.getByRole('button', { name: 'Plan: Verify', exact: true }).click();
    await page.getByRole('heading', { name: 'Verify both databases' }).and(page.locator('#plan-title')).waitFor();
    await answer();
    await page.waitForTimeout(300);
    expect(await page.locator('#plan-title').textContent()).toBe('Verify both databases');
  });

  it('is used on a phone without scrolling sideways, and shows a lost connection', async () => {
    const page = await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await logIn(page, 'Bob');
    await page.getByRole('button', { name: 'Plan: Verify', exact: true }).click();
    await page.locator('#plan-title').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
    await page.getByRole('button', { name: 'Kill shop 1', exact: true }).click();
    await page.getByText('shop 1 was killed').waitFor();
    expect(killed).toEqual(['shop 1']);
    expect(complaints).toEqual([]);
    await context?.setOffline(true);
    await page.evaluate(`document.querySelector('#go-verify').click()`);
    await page.getByText('not sent: no connection').waitFor();
    await context?.setOffline(false);
  });
});
