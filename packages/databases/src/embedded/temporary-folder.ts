import { chmodSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canEnter, unprivilegedUser } from './unprivileged.ts';

/** A new folder for servers that are thrown away; PostgreSQL's own user can enter it where we run as root. */
export function makeTemporaryFolder(prefix: string): string {
  const user = unprivilegedUser();
  // A temporary folder of root's own is closed to that user.
  const parent = user === undefined || canEnter(os.tmpdir(), user) ? os.tmpdir() : '/var/tmp';
  const folder = mkdtempSync(path.join(parent, prefix));
  chmodSync(folder, 0o711);
  return folder;
}
