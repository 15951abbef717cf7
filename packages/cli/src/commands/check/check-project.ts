import {
  ALIASES,
  checkDatabases,
  createPool,
  openDatabases,
  readForeignKeys,
  type Alias,
  type ForeignKey,
} from '@switchyard/databases';
import { inspectRouting, type RouterErrorCode, type RoutingFault } from '@switchyard/router';
import { tell } from '../../output.ts';
import { inspectedDatabases } from '../../project/inspected-databases.ts';
import { loadProjectConfig } from '../../project/project-config.ts';

/** Something that is not as it should be, whoever found it. */
export interface ProjectFinding {
  readonly code: string;
  readonly databases: readonly string[];
  readonly message: string;
  readonly todo: string;
}

export interface CheckedProject {
  readonly findings: readonly ProjectFinding[];
  /** What could not be looked at, and why; for people. */
  readonly skipped: readonly string[];
}

/** Looks at routers, schemas and databases. @throws {DatabaseError} where one cannot be looked at */
export async function checkProject(project: string): Promise<CheckedProject> {
  const config = await loadProjectConfig(project);
  const opened = await openDatabases({ project, attach: true, announce: tell });
  const databases = ALIASES.map((alias) => ({
    alias,
    pool: createPool(opened.urls[alias], { max: 2, applicationName: 'switchyard check' }),
  }));
  try {
    const foreignKeys = await Promise.all(
      databases.map(async ({ alias, pool }) => [alias, await readForeignKeys(pool)]),
    );
    const inspected = await inspectedDatabases(
      project,
      config,
      Object.fromEntries(foreignKeys) as Record<Alias, readonly ForeignKey[]>,
    );
    const faults = inspectRouting({ routers: config.routers, default: 'main', databases: inspected });
    const { findings, skipped } = await checkDatabases(project, databases);
    return { findings: [...faults.map(toFinding), ...findings], skipped };
  } finally {
    await Promise.all(databases.map(({ pool }) => pool.end()));
    await opened.close();
  }
}

const TODO: Partial<Readonly<Record<RouterErrorCode, string>>> = {
  UNKNOWN_ALIAS: 'Correct the name in the router, or name the copy in the copies of switchyard.config.ts.',
  UNKNOWN_MODEL: 'Correct the name in the router; models are named as on the client: orderLine.',
  MODEL_NOT_IN_DATABASE: 'Correct the router, or add the model to that schema and make the migration for it.',
  INVALID_ROUTER: 'Correct the router.',
  NO_ROUTE: 'Name its database in a router.',
  CROSS_DATABASE_RELATION:
    'Route both to the same database, or drop the relation and its foreign key and keep the plain column.',
};

const toFinding = ({ error, aliases }: RoutingFault): ProjectFinding => ({
  code: error.code,
  databases: aliases,
  message: error.message,
  todo: TODO[error.code] ?? 'See docs/errors.md.',
});
