import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';

/** PostgreSQL refuses to run as root, so that a root user (a container, mostly) needs another to run it as. */
export interface Unprivileged {
  readonly uid: number;
  readonly gid: number;
}

const idOf = (user: string): Unprivileged | undefined => {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
};

/** Whom to run PostgreSQL as: `undefined` means as ourselves. */
export const unprivilegedUser = (): Unprivileged | undefined =>
  process.getuid?.() === 0 ? (idOf('postgres') ?? idOf('nobody')) : undefined;

/** Can that user enter the folder? A checkout below /root, or in a private temporary folder, is closed to it. */
export const canEnter = (folder: string, user: Unprivileged): boolean =>
  spawnSync('test', ['-x', folder], { ...user, cwd: '/' }).status === 0;

const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(path.dirname(folder));

const SHARED = '/var/tmp/switchyard';

const shared = (kind: string, folder: string): string => {
  const target = path.join(SHARED, `${kind}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  mkdirSync(SHARED, { recursive: true, mode: 0o755 });
  return target;
};

/** The programs where that user can run them: in place, or a copy. */
export function reachableBinaries(native: string, user: Unprivileged | undefined): string {
  if (user === undefined || canEnter(path.join(native, 'bin'), user)) return native;
  const copy = shared('postgresql', native);
  if (!existsSync(copy)) {
    // Copied aside and renamed, so that two runs at once never see half a copy.
    const aside = `${copy}.${process.pid}`;
    cpSync(native, aside, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(aside, copy);
    } catch (error) {
      if (!existsSync(copy)) throw error;
    }
  }
  return copy;
}

/** The data folder where that user can use it: in place, or under /var/tmp, always the same for the same project. */
export function reachableData(folder: string, user: Unprivileged | undefined): string {
  if (user === undefined || canEnter(nearestExisting(path.dirname(folder)), user)) return folder;
  return path.join(shared('data', path.dirname(folder)), path.basename(folder));
}
