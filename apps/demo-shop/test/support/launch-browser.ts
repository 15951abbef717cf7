import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser } from 'playwright-core';

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

export const launchBrowser = (): Promise<Browser> => chromium.launch({ executablePath, args });

const isInstalled = existsSync(executablePath);
const isOptional = (process.env['CI'] ?? '') === '';

/** On a developer's machine the browser may be missing; in CI that is a failure. */
export const describeInBrowser = isInstalled || !isOptional ? describe : describe.skip;
if (!isInstalled)
  process.stderr.write(`No browser at ${executablePath} (apt-get install chromium): no page is tried in one.\n`);

/** The source of axe, to be evaluated in a page. */
export const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
