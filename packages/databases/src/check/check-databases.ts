import { checkDatabase } from './check-database.ts';
import { checkSharedModels, type CheckedDatabase } from './check-shared-models.ts';
import { findOneDatabase } from './find-one-database.ts';
import type { Finding } from './finding.ts';

/** What was found, and what could not be looked at. */
export interface CheckOutcome {
  readonly findings: readonly Finding[];
  /** Databases that were not compared with what their migrations make, with the reason; for people. */
  readonly skipped: readonly string[];
}

/** Each database against its schema and migrations, and all of them against each other. Changes nothing. */
export async function checkDatabases(project: string, databases: readonly CheckedDatabase[]): Promise<CheckOutcome> {
  const mistaken = await findOneDatabase(databases);
  if (mistaken.length > 0) return { findings: mistaken, skipped: [] };
  const checked = await Promise.all(
    databases.map(async ({ alias, pool }) => ({ alias, ...(await checkDatabase(project, alias, pool)) })),
  );
  const made = Object.fromEntries(checked.map(({ alias, made: tables }) => [alias, tables]));
  return {
    findings: [...checked.flatMap(({ findings }) => findings), ...(await checkSharedModels(project, databases, made))],
    skipped: checked.flatMap(({ skipped }) => skipped ?? []),
  };
}
