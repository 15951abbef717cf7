import { checkDatabase } from './check-database.ts';
import { checkSharedModels, type CheckedDatabase } from './check-shared-models.ts';
import type { Finding } from './finding.ts';

/** Each database against its schema and migrations, and all of them against each other. Changes nothing. */
export async function checkDatabases(project: string, databases: readonly CheckedDatabase[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { alias, pool } of databases) findings.push(...(await checkDatabase(project, alias, pool)));
  return [...findings, ...(await checkSharedModels(project, databases))];
}
