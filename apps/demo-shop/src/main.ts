import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig } from './config.ts';
import { PortError } from './serve.ts';
import { startShop } from './start-shop.ts';

// The shop alone, on databases that are there and migrated. `npm run dev` starts those too.
try {
  await startShop(readConfig(process.env), { programFolder: path.dirname(fileURLToPath(import.meta.url)) });
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof PortError;
  process.stderr.write(`${expected ? error.message : `The shop did not start: ${describe(error)}`}\n`);
  process.exit(expected ? 2 : 1);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
