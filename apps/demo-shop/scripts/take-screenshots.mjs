// The pictures of the docs, taken anew: of the shop by its browser tests on their way, of the console during a move.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const jest = path.join(root, 'node_modules/jest/bin/jest.js');
const run = (args, environment = {}) => {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) process.exit(status ?? 1);
};
run([jest, '--runInBand', 'apps/demo-shop/test/browser'], { CI: '1', SCREENSHOTS: '1' });
run(['--conditions=@switchyard/source', '--import', 'tsx', 'apps/demo-shop/scripts/picture-console.ts']);
