// Generates the Prisma client that the tests of moving from @quixo3/prisma-session-store use.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateClient } from '@switchyard/databases/generate-client';

await generateClient(
  path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../test/coming-from/prisma'),
  'packages/cli/test/coming-from/prisma',
);
