import { createRequire } from 'node:module';
import path from 'node:path';

/** The scripts of others that the pages use, by the name that they are served under; found from the program's folder. */
export function packagedAssets(folder: string): Readonly<Record<string, string>> {
  const { resolve } = createRequire(path.join(folder, 'here'));
  return { 'htmx.js': resolve('htmx.org/dist/htmx.min.js') };
}
