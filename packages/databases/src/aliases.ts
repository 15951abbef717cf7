import { DatabaseError } from './database-error.ts';

/** The databases of this project: the shop's own, and the one that sessions move to. */
export const ALIASES = ['main', 'sessions'] as const;

export type Alias = (typeof ALIASES)[number];

/** The environment variable that holds the URL of a database. */
export const urlVariable = (alias: Alias): string => `${alias.toUpperCase()}_DATABASE_URL`;

/** @throws {DatabaseError} ALIAS_UNKNOWN */
export function parseAlias(text: string): Alias {
  const alias = ALIASES.find((known) => known === text);
  if (alias === undefined)
    throw new DatabaseError(
      'ALIAS_UNKNOWN',
      `There is no database "${text}". The databases are: ${ALIASES.join(', ')}.`,
    );
  return alias;
}
