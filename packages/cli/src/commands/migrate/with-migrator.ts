import { createMigrator, createPool, openDatabases, type Alias, type Migrator } from '@switchyard/databases';
import { tell } from '../../output.ts';

/** Hands over the migrations of one database. */
export async function withMigrator<T>(
  project: string,
  alias: Alias,
  work: (migrator: Migrator) => Promise<T>,
): Promise<T> {
  const databases = await openDatabases({ project, aliases: [alias], attach: true, announce: tell });
  const pool = createPool(databases.urls[alias], {
    max: 2,
    statementTimeoutMs: 0,
    applicationName: 'switchyard migrate',
  });
  const onWait = (): void => tell(`Another migration of "${alias}" is under way; waiting for it.`);
  try {
    return await work(createMigrator(project, alias, pool, { onWait }));
  } finally {
    await pool.end();
    await databases.close();
  }
}
