import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { freePort, makeTemporaryFolder } from '@switchyard/databases';

// The pictures of the console: a move under `npm run dev`, on servers of its own, while simulated shoppers shop.

const workspace = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const project = path.resolve(workspace, '../..');
const images = path.join(project, 'docs/images');

/** Long enough for the charts to have something to show. */
const SHOPPING_MS = 45_000;
const TRIES = 10;
const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 1120 } };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, deviceScaleFactor: 2 };

interface Stage {
  readonly consoleUrl: string;
  close(): Promise<void>;
}

/** `npm run dev` with three processes, in a folder that is removed afterwards. */
async function openStage(): Promise<Stage> {
  const folder = makeTemporaryFolder('switchyard-pictures-');
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@switchyard/source', '--import', 'tsx', 'src/dev.ts', '--processes', '3'],
    {
      cwd: workspace,
      env: { ...process.env, SWITCHYARD_DATA_DIR: folder, PORT: String(await freePort()) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'close');
  const close = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) {
    const [, found] = /the console is at (\S+)/.exec(line) ?? [];
    if (found === undefined) continue;
    // Whatever comes after it is read, and not looked at.
    child.stdout?.resume();
    return { consoleUrl: found, close };
  }
  await close();
  throw new Error('npm run dev ended before the console was open');
}

async function openConsole(browser: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('live', { exact: true }).waitFor();
  await page.locator('#charts canvas').first().waitFor();
  return page;
}

/** Shows the plan of a step that would succeed: again where a busy machine was too slow for its checks. */
async function plan(page: Page, step: string, confirm: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    await page.getByRole('button', { name: step, exact: true }).click();
    await page.locator('#plan-title').waitFor();
    if (await page.getByRole('button', { name: confirm, exact: true }).isVisible()) return;
    await page.getByRole('link', { name: 'Close' }).click();
    await sleep(1_000);
  }
  throw new Error(`"${step}" is refused again and again`);
}

async function take(page: Page, step: string, confirm: string): Promise<void> {
  await plan(page, step, confirm);
  await page.getByRole('button', { name: confirm, exact: true }).click();
  const title = confirm.replace(/ now$/, '');
  await page.getByRole('region', { name: title }).getByText('done', { exact: true }).waitFor();
}

async function pictureConsole(browser: Browser, url: string): Promise<void> {
  const keep = (page: Page, name: string): Promise<unknown> => page.screenshot({ path: path.join(images, name) });
  const page = await openConsole(browser, url, desktop);
  await page.getByRole('button', { name: '20 more shoppers' }).click();
  await page.getByText('20 more shoppers are on their way.').waitFor();
  await sleep(SHOPPING_MS / 3);
  await take(page, 'Plan: Start', 'Start the move now');
  await page.getByText('all buckets', { exact: true }).waitFor();
  await take(page, 'Plan: Verify', 'Verify both databases now');
  await sleep(SHOPPING_MS / 3);
  await plan(page, 'Plan a switch to 50 %', 'Switch to 50 % now');
  await keep(page, 'console-plan.png');
  await take(page, 'Plan a switch to 50 %', 'Switch to 50 % now');
  await sleep(SHOPPING_MS / 3);
  await page.evaluate('window.scrollTo(0, 0)');
  await keep(page, 'console.png');

  const small = await openConsole(browser, url, { ...phone, colorScheme: 'dark' });
  await sleep(3_000);
  await keep(small, 'console-phone.png');
}

mkdirSync(images, { recursive: true });
const stage = await openStage();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] });
try {
  await pictureConsole(browser, stage.consoleUrl);
} finally {
  await browser.close();
  await stage.close();
}
