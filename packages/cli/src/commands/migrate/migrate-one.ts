import type { Alias } from '@switchyard/databases';
import { checkAllowed, checkOwn } from './check-allowed.ts';
import type { MigrateOutcome, MigrateVerb } from './migrate-verb.ts';
import { withMigrator } from './with-migrator.ts';

/** Does it with one database, if the project's routers allow it. */
export async function migrateOne(
  project: string,
  schema: Alias,
  alias: Alias,
  verb: MigrateVerb,
): Promise<MigrateOutcome> {
  if (verb.asksRouters) await checkAllowed(project, schema, alias);
  checkOwn(schema, alias);
  return withMigrator(project, alias, (migrator) => verb.run(migrator, alias));
}
