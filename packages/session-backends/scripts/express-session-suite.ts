// Runs express-session's own test suite, from a checkout of it with its development dependencies installed, with one of
// our stores in the place of its MemoryStore.
//
//   npx tsx --conditions=@switchyard/source packages/session-backends/scripts/express-session-suite.ts CHECKOUT [STORE...]
//
// STORE is database, cached or migrating; default is all three. Exits 1 if a test fails.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestServers, withDatabase } from '@switchyard/databases/testing';

const STORES = ['database', 'cached', 'migrating'];
const here = path.dirname(fileURLToPath(import.meta.url));
const project = path.resolve(here, '../../..');

const [checkout, ...wanted] = process.argv.slice(2);
if (checkout === undefined || !existsSync(path.join(checkout, 'session/memory.js'))) {
  console.error('usage: express-session-suite.ts CHECKOUT [database | cached | migrating ...]');
  console.error(
    'CHECKOUT: https://github.com/expressjs/session with `npm install` and `test/support/gencert.sh` run in it',
  );
  process.exit(2);
}

const servers = await startTestServers(project);
try {
  const url = (alias: string): string =>
    withDatabase(
      servers.environment[`SWITCHYARD_TEST_${alias}_SERVER`] as string,
      servers.environment[`SWITCHYARD_TEST_${alias}_TEMPLATE`] as string,
    );
  for (const store of wanted.length > 0 ? wanted : STORES) {
    console.log(`express-session's suite on: ${store}`);
    const { status } = spawnSync(
      process.execPath,
      [
        '--conditions=@switchyard/source',
        ...['--require', path.join(here, 'express-session-suite-store.cjs')],
        path.join(checkout, 'node_modules/mocha/bin/mocha.js'),
        ...['--require', 'test/support/env', '--check-leaks', '--exit', '--reporter', 'dot', 'test/'],
      ],
      {
        cwd: checkout,
        stdio: 'inherit',
        env: { ...process.env, SUITE_STORE: store, SUITE_MAIN_URL: url('MAIN'), SUITE_SESSIONS_URL: url('SESSIONS') },
      },
    );
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  await servers.stop();
}
