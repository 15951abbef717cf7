import { ALIASES, createPool, DatabaseError, openDatabases, parseAlias, type Alias } from '@switchyard/databases';
import {
  inspectTable,
  pgExecutor,
  reportBloat,
  TableSpaceError,
  type BloatReport,
  type InspectedTable,
} from '@switchyard/session-backends';
import { findReadySource, pgMoveDatabase } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { printJson, tell } from '../../output.ts';
import { loadProjectConfig } from '../../project/project-config.ts';
import { printBloat } from './print-bloat.ts';

export interface BloatOptions {
  readonly database?: readonly string[];
  readonly table?: string;
  readonly long: number;
  readonly json?: boolean;
}

/** What is asked of a catalogue is answered at once; what takes longer waits for a lock, or reads a table. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** `switchyard sessions bloat` */
export async function bloatVerb(project: string, { database, table, long, json }: BloatOptions): Promise<number> {
  const aliases = database === undefined ? ALIASES : [...new Set(database.map(parseAlias))];
  const opened = await openDatabases({ project, aliases, attach: true, announce: tell });
  try {
    const { source } = await loadProjectConfig(project);
    const databases: (BloatReport & { readonly database: Alias })[] = [];
    const without: Alias[] = [];
    for (const alias of aliases) {
      const found = await inspect(alias, opened.urls[alias], table, source?.sideSchema);
      if (found === undefined) without.push(alias);
      else databases.push({ database: alias, ...reportBloat(found, long) });
    }
    checkFound(table, without, database !== undefined || databases.length === 0);
    if (json === true) printJson({ databases });
    else {
      for (const alias of without) tell(`The database "${alias}" has no such table.`);
      for (const one of databases) printBloat(one.database, one);
    }
    return databases.every(({ findings }) => findings.length === 0) ? EXIT.done : EXIT.findings;
  } finally {
    await opened.close();
  }
}

/** @param sideSchema Where the move from another library's table has its own: that table is the one that is meant. */
async function inspect(
  alias: Alias,
  url: string,
  table: string | undefined,
  sideSchema: string | undefined,
): Promise<InspectedTable | undefined> {
  const pool = createPool(url, {
    max: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    applicationName: 'switchyard sessions',
  });
  try {
    const ready =
      table === undefined && alias === 'main' ? await findReadySource(pgMoveDatabase(pool), sideSchema) : undefined;
    return await inspectTable(pgExecutor(pool), table ?? ready?.table ?? 'session');
  } finally {
    await pool.end();
  }
}

/** Ours is in every database; another may be in one of them, unless each was named. */
function checkFound(table: string | undefined, [missing]: readonly Alias[], everywhere: boolean): void {
  if (missing === undefined) return;
  if (table === undefined)
    throw new DatabaseError(
      'NOT_MIGRATED',
      `The database "${missing}" has no table "session" yet. Run: npx switchyard migrate ${missing} --database ${missing}. For another table, give --table.`,
    );
  if (everywhere)
    throw new TableSpaceError(
      'TABLE_UNKNOWN',
      `The database "${missing}" has no table "${table}", or not on its search path. Give its name with its schema: --table schema.table`,
    );
}
