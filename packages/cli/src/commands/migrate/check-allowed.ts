import { DatabaseError, type Alias } from '@switchyard/databases';
import { chainOver, RouterError } from '@switchyard/router';
import { inspectedDatabases } from '../../project/inspected-databases.ts';
import { loadProjectConfig } from '../../project/project-config.ts';

/**
 * Asks the project's routers whether a schema's migrations may come into a database.
 * @throws {DatabaseError} MIGRATION_NOT_ALLOWED, CONFIG_INVALID
 */
export async function checkAllowed(project: string, schema: Alias, alias: Alias): Promise<void> {
  const config = await loadProjectConfig(project);
  const databases = await inspectedDatabases(project, config);
  const chain = chainOver({ routers: config.routers, default: 'main', databases });
  const forbidder = ask(() => chain.migrationForbiddenBy(alias, schema), schema, alias);
  if (forbidder !== undefined)
    throw new DatabaseError(
      'MIGRATION_NOT_ALLOWED',
      `The router '${forbidder}' does not allow the migrations of prisma/${schema} in the database "${alias}". ` +
        'Nothing was applied or recorded.',
    );
}

/** What a router throws is no fault of ours. */
function ask<T>(act: () => T, schema: Alias, alias: Alias): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof RouterError) throw cause;
    throw new DatabaseError(
      'CONFIG_INVALID',
      `A router throws when it is asked whether prisma/${schema} may come into "${alias}": ${String(cause)}. ` +
        'Nothing was applied or recorded.',
      { cause },
    );
  }
}

/**
 * No router can let a schema into a database of another: both would share one list of what is applied.
 * @throws {DatabaseError} ALIAS_UNKNOWN
 */
export function checkOwn(schema: Alias, alias: Alias): void {
  if (schema !== alias)
    throw new DatabaseError(
      'ALIAS_UNKNOWN',
      `The migrations of prisma/${schema} are for the database "${schema}", not for "${alias}". Use --database ${schema}.`,
    );
}
