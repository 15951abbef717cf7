import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

const folder = path.join(__dirname, '../../../../docs/images');

/** Keeps what the page shows as a picture of the docs, when the tests were started by `npm run screenshots`. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (process.env['SCREENSHOTS'] !== '1') return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, name), animations: 'disabled' });
}
