// Generates both Prisma clients.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateClient } from './generate-client.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

await Promise.all(
  ['main', 'sessions'].map((name) => generateClient(path.join(root, 'prisma', name), `prisma/${name}`)),
);
