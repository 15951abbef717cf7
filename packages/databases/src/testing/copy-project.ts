import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Alias } from '../aliases.ts';
import { makeTemporaryFolder } from '../embedded/temporary-folder.ts';
import { findProjectFolder } from '../project-folder.ts';

/** A project of a test's own: it may change schemas, migrations and configuration. */
export interface ProjectCopy {
  readonly folder: string;
  /** Writes a file, by its path inside of the project. */
  write(file: string, text: string): void;
  /** Changes a database's schema. Throws if `search` is not in it. */
  editSchema(alias: Alias, search: string, replacement: string): void;
  /** Adds a migration. */
  addMigration(alias: Alias, name: string, sql: string): void;
  remove(): void;
}

/** The schemas and migrations of this project, in a folder of their own. */
export function copyProject(): ProjectCopy {
  const project = findProjectFolder();
  const folder = makeTemporaryFolder('switchyard-project-');
  cpSync(path.join(project, 'prisma'), path.join(folder, 'prisma'), { recursive: true });
  symlinkSync(path.join(project, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  return {
    folder,
    write,
    editSchema: (alias, search, replacement) => {
      const file = `prisma/${alias}/schema.prisma`;
      const schema = readFileSync(path.join(folder, file), 'utf8');
      if (!schema.includes(search)) throw new Error(`${file} has no ${search}`);
      write(file, schema.replace(search, replacement));
    },
    addMigration: (alias, name, sql) => write(`prisma/${alias}/migrations/${name}/migration.sql`, sql),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
