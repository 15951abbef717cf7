// Generates the Prisma client of a folder with a prisma.config.ts. Generating needs no schema engine, but Prisma tries to
// download one first: where that cannot be had (no network), pointing it at any executable makes it go on.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';

const prisma = path.join(path.dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');

/** Says on stdout that it is done, or on stderr why not, with exit code 1. `name` is how the folder is called in that. */
export function generateClient(folder, name) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [prisma, 'generate'], {
      cwd: folder,
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
    child.on('close', (code) => {
      if (code === 0) console.log(`generated the Prisma client of ${name}`);
      else {
        console.error(`prisma generate failed for ${name}:\n${output}`);
        process.exitCode = 1;
      }
      resolve();
    });
  });
}
