// The pictures of the docs, taken anew by the browser tests on their way.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const jest = path.join(root, 'node_modules/jest/bin/jest.js');
const { status } = spawnSync(process.execPath, [jest, '--runInBand', 'apps/demo-shop/test/.*\\.browser\\.test'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, CI: '1', SCREENSHOTS: '1' },
});
process.exitCode = status ?? 1;
