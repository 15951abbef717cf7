import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Unprivileged } from './unprivileged.ts';

/** The process that holds a data folder: its postmaster's, or `undefined` when there is none that is alive. */
export function postmasterOf(folder: string): number | undefined {
  const file = path.join(folder, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  return isPostgres(pid) ? pid : undefined;
}

/** The port of the server that holds a data folder. Valid while `postmasterOf` answers. */
export const portOf = (folder: string): number =>
  Number(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n')[3]);

/** After a crash another program may have got the same process id; that is nobody's lock. */
function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes('postgres');
  } catch {
    return false;
  }
}

/** Removes the lock file of a run that was killed. */
export function clearStaleLock(folder: string): boolean {
  const file = path.join(folder, 'postmaster.pid');
  if (!existsSync(file) || postmasterOf(folder) !== undefined) return false;
  rmSync(file);
  return true;
}

export const isInitialised = (folder: string): boolean => existsSync(path.join(folder, 'global', 'pg_control'));

export function makeOwned(folder: string, user: Unprivileged | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
}

/** The superuser's password: drawn once per data folder, kept beside it, readable by its owner alone. */
export function passwordFile(folder: string, user: Unprivileged | undefined): string {
  const file = `${folder}.password`;
  if (!existsSync(file)) {
    writeFileSync(file, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
    if (user !== undefined) chownSync(file, user.uid, user.gid);
  }
  return file;
}

export const readPassword = (file: string): string => readFileSync(file, 'utf8').trim();
