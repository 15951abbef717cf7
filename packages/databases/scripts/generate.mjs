// Generates both Prisma clients. Generating needs no schema engine, but Prisma tries to download one first: where that
// cannot be had (no network), pointing it at any executable makes it go on.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const prisma = path.join(path.dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');

const generate = (database) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [prisma, 'generate'], {
      cwd: path.join(root, 'prisma', database),
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ database, code, output }));
  });

const results = await Promise.all(['main', 'sessions'].map(generate));
for (const { database, code, output } of results) {
  if (code === 0) console.log(`generated the Prisma client of prisma/${database}`);
  else console.error(`prisma generate failed for prisma/${database}:\n${output}`);
}
if (results.some(({ code }) => code !== 0)) process.exitCode = 1;
