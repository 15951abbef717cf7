import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './launch-browser.ts';
import { openTestShop, type TestShop } from './open-test-shop.ts';

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  reducedMotion: 'reduce',
};

export interface ShopInBrowser {
  readonly shop: TestShop;
  /** A page of a browser that has been nowhere yet. The one of before is closed. */
  open(options: BrowserContextOptions): Promise<Page>;
  /** The next requests for this path wait for each other, as many as that, and are served together. */
  letInTogether(path: string, count: number): void;
  /** Of the page that was opened last. */
  context(): BrowserContext;
  /** What the browser found to complain of since then: errors of scripts, of the security policy, of requests. */
  complaints(): readonly string[];
  close(): Promise<void>;
}

export async function openShopInBrowser(): Promise<ShopInBrowser> {
  const shop = await openTestShop();
  let gate: { path: string; count: number; waiting: (() => void)[] } | undefined;
  const server = createServer((request, response) => {
    const serve = (): unknown => shop.app(request, response);
    if (gate === undefined || request.url?.split('?')[0] !== gate.path) return void serve();
    gate.waiting.push(serve);
    if (gate.waiting.length < gate.count) return;
    const { waiting } = gate;
    gate = undefined;
    for (const go of waiting) go();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchBrowser();
  let context: BrowserContext | undefined;
  let complaints: string[] = [];

  return {
    shop,
    letInTogether: (path, count) => {
      gate = { path, count, waiting: [] };
    },
    context: () => context as BrowserContext,
    complaints: () => complaints,
    open: async (options) => {
      await context?.close();
      const heard: string[] = [];
      complaints = heard;
      const { port } = server.address() as AddressInfo;
      context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, ...options });
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) heard.push(message.text());
      });
      context.on('weberror', (error) => heard.push(error.error().message));
      context.on('requestfailed', (request) => {
        const reason = request.failure()?.errorText ?? '';
        // Broken off by the visitor going elsewhere.
        if (reason !== 'net::ERR_ABORTED') heard.push(`${request.url()} ${reason}`);
      });
      return context.newPage();
    },
    close: async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await shop.close();
    },
  };
}
