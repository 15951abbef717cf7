import { existsSync } from 'node:fs';
import path from 'node:path';
import { ALIASES, type Alias } from './aliases.ts';
import { DatabaseError } from './database-error.ts';

const isProject = (folder: string): boolean =>
  ALIASES.every((alias) => existsSync(path.join(folder, 'prisma', alias, 'schema.prisma')));

/**
 * The folder that holds `prisma/<alias>`: `from` or the nearest one above it.
 * @throws {DatabaseError} PROJECT_NOT_FOUND
 */
export function findProjectFolder(from: string = process.cwd()): string {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    if (isProject(folder)) return folder;
    if (path.dirname(folder) === folder)
      throw new DatabaseError(
        'PROJECT_NOT_FOUND',
        `No prisma/main/schema.prisma in ${from} or above it. Run this inside the project.`,
      );
  }
}

/** Where the schema and the migrations of a database are. */
export const prismaFolder = (project: string, alias: Alias): string => path.join(project, 'prisma', alias);
