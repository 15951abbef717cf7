import { DEFAULT_SIDE_SCHEMA, type FencedTable } from '@switchyard/session-backends/foreign';
import type { MoveDatabase } from '../move-database.ts';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The library's table that has been made ready for a move in this database; `undefined` when none has. */
export async function findReadySource(
  database: MoveDatabase,
  sideSchema = DEFAULT_SIDE_SCHEMA,
): Promise<FencedTable | undefined> {
  const name = `${quoted(sideSchema)}.session_source`;
  const [found] = await database.query('select to_regclass($1) is not null as found', [name]);
  if (found?.['found'] !== true) return undefined;
  const [row] = await database.query(`select definition from ${name}`);
  return row?.['definition'] as FencedTable | undefined;
}
