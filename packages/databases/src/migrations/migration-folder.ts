import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm';

/** A migration as it lies on disk. */
export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
  /** As Prisma records it: SHA-256 of the script, hex. */
  readonly checksum: string;
}

/** The migrations of one database in the order in which they are applied. */
export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const entries = await readdir(path.join(folder, 'migrations'), { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(path.join(folder, 'migrations', name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** The same, in the form the engine takes. */
export async function toMigrationList(folder: string, migrations: readonly MigrationFile[]): Promise<MigrationList> {
  const lock = await readFile(path.join(folder, 'migrations', 'migration_lock.toml'), 'utf8').catch(() => null);
  return {
    baseDir: path.join(folder, 'migrations'),
    lockfile: { path: 'migration_lock.toml', content: lock },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
    })),
  };
}
