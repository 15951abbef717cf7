import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dataFolder } from '@switchyard/databases';

/** Drawn at the first start and kept, so that the next start understands the cookies of this one. */
export function keptSecret(project: string, name: string): string {
  const folder = dataFolder(project, process.env);
  const file = path.join(folder, `${name}.secret`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}
