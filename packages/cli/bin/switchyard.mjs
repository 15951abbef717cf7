#!/usr/bin/env node
// In the repository the sources run as they are; an installed package has only what was compiled.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/main.ts', import.meta.url));

if (existsSync(source)) {
  const child = spawn(
    process.execPath,
    ['--conditions=@switchyard/source', '--import', import.meta.resolve('tsx'), source, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => (process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)));
} else {
  // A project's switchyard.config.ts is TypeScript.
  const { register } = await import('tsx/esm/api');
  register();
  await import('../dist/main.js');
}
