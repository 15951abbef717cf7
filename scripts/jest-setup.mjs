// Starts the servers that all tests share. In a process of its own language level: the servers' starter is TypeScript,
// which tsx loads; jest's sandbox could not load the WebAssembly engine.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

export default async function setup() {
  const child = spawn(
    process.execPath,
    ['--conditions=@switchyard/source', '--import', 'tsx', path.join(root, 'scripts', 'test-servers.ts')],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const environment = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the tests' servers did not start (exit ${code})`)));
  });
  Object.assign(process.env, environment);
  globalThis.switchyardTestServers = child;
}
