// Runs one of the examples beside this file:
//
//   npx tsx --conditions=@switchyard/source packages/session-backends/examples/run.ts express-session
//
// Listens on PORT, 3000 if it is not set. Sessions are kept in memory. For a database, whose tables `switchyard migrate`
// makes, take instead of memoryStore()
//
//   fencedStore({ sites: [postgresSite({ name: 'old', executor: pgExecutor(pool), standalone: true })] })
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryStore, type SessionStore } from '@switchyard/session-backends';

interface Example {
  start(store: SessionStore, port: number): Promise<{ port: number; close(): Promise<void> }>;
}

const folder = path.dirname(fileURLToPath(import.meta.url));
const name = process.argv[2] ?? '';
if (name === 'run' || !readdirSync(folder).includes(`${name}.ts`)) {
  console.error('usage: run.ts EXAMPLE, which is the name of a file beside it, without .ts');
  process.exit(2);
}

const { start } = (await import(`./${name}.ts`)) as Partial<Example>;
if (start === undefined) {
  console.error(`${name} is not to be run by itself`);
  process.exit(2);
}

const { port, close } = await start(memoryStore(), Number(process.env['PORT'] ?? 3000));
console.log(`${name}: http://localhost:${port}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close());
