// Generates the Prisma client that the tests of moving from @quixo3/prisma-session-store use. As for the project's own clients,
// any executable will do for the schema engine, which generating does not need and a machine without network cannot fetch.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../test/coming-from/prisma');
const prisma = path.join(path.dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');

const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate'], {
  cwd: folder,
  encoding: 'utf8',
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
});
if (status === 0) console.log("generated the Prisma client of the tests' prisma-session-store");
else {
  console.error(`prisma generate failed for packages/cli/test/coming-from/prisma:\n${stdout}${stderr}`);
  process.exitCode = 1;
}
