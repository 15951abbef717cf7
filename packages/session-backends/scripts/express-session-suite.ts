// Runs express-session's own test suite, from a checkout of it with its development dependencies installed, with one of
// our stores in the place of its MemoryStore.
//
//   npx tsx --conditions=@switchyard/source packages/session-backends/scripts/express-session-suite.ts CHECKOUT [STORE...]
//
// STORE is database, cached or migrating; default is all three. Prints a line for each, and the tests that failed. Exits
// 1 if one did.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServers, withDatabase } from '@switchyard/databases/testing';

const STORES = ['database', 'cached', 'migrating'];
const here = path.dirname(fileURLToPath(import.meta.url));
const project = path.resolve(here, '../../..');

interface MochaReport {
  readonly stats: { readonly passes: number; readonly failures: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

const [checkout, ...wanted] = process.argv.slice(2);
const unknown = wanted.filter((store) => !STORES.includes(store));
if (checkout === undefined || !existsSync(path.join(checkout, 'session/memory.js')) || unknown.length > 0) {
  console.error('usage: express-session-suite.ts CHECKOUT [database | cached | migrating ...]');
  console.error(
    'CHECKOUT: https://github.com/expressjs/session with `npm install` and `test/support/gencert.sh` run in it',
  );
  process.exit(2);
}

function runSuite(store: string, report: string, url: (alias: string) => string): MochaReport | undefined {
  spawnSync(
    process.execPath,
    [
      '--conditions=@switchyard/source',
      ...['--require', path.join(here, 'express-session-suite-store.cjs')],
      path.join(checkout as string, 'node_modules/mocha/bin/mocha.js'),
      ...['--require', 'test/support/env', '--check-leaks', '--exit'],
      ...['--reporter', 'json', '--reporter-option', `output=${report}`, 'test/'],
    ],
    {
      cwd: checkout,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SUITE_STORE: store, SUITE_MAIN_URL: url('MAIN'), SUITE_SESSIONS_URL: url('SESSIONS') },
    },
  );
  return existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as MochaReport) : undefined;
}

const folder = await mkdtemp(path.join(tmpdir(), 'switchyard-suite-'));
const servers = await startTestServers(project);
try {
  const url = (alias: string): string =>
    withDatabase(
      servers.environment[`SWITCHYARD_TEST_${alias}_SERVER`] as string,
      servers.environment[`SWITCHYARD_TEST_${alias}_TEMPLATE`] as string,
    );
  for (const store of wanted.length > 0 ? wanted : STORES) {
    const report = runSuite(store, path.join(folder, `${store}.json`), url);
    const { passes, failures } = report?.stats ?? { passes: 0, failures: 1 };
    console.log(
      `${store}: ${passes} passed, ${failures} failed${report === undefined ? ' (the suite did not run)' : ''}`,
    );
    for (const { fullTitle, err } of report?.failures ?? []) console.log(`  ${fullTitle}: ${err.message ?? 'failed'}`);
    if (failures > 0 || passes === 0) process.exitCode = 1;
  }
} finally {
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
}
