// Generates the Prisma client that @quixo3/prisma-session-store is measured with.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateClient } from '@switchyard/databases/generate-client';

await generateClient(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../prisma'), 'apps/bench/prisma');
