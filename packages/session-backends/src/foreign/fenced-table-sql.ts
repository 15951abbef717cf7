import { inSchema, type FencedTable } from './fenced-table.ts';
import { libraryTriggers } from './library-triggers-sql.ts';
import { sideTables, sideView } from './side-tables-sql.ts';
import { siteFunctions } from './site-functions-sql.ts';
import { viewTriggers } from './view-triggers-sql.ts';

/**
 * What makes another library's table ready for a move: statements for one transaction. Only the triggers need a lock on
 * that table, and come last; they wait for whoever is writing to it, while everybody else waits for them.
 *
 * @throws {TypeError} when the table is named without its schema
 */
export function fencedTableSql(table: FencedTable): readonly string[] {
  // Functions that run with somebody's rights find nothing by a search path.
  if (!table.table.includes('"."')) throw new TypeError(`fencedTableSql: name the schema of ${table.table}, too`);
  const schema = quoted(table.sideSchema);
  return [
    `create schema ${schema}`,
    ...sideTables(table),
    ...wakeTrigger(table.sideSchema),
    ...sideView(table),
    ...viewTriggers(table),
    ...siteFunctions(table),
    ...libraryTriggers(table),
  ];
}

/** Takes all of it away again, the triggers included; the library's table is as it was. */
export const unfencedTableSql = (sideSchema: string): string => `drop schema if exists ${quoted(sideSchema)} cascade`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** As the migration of the main database has it: whoever lists a change wakes the worker, while that one sleeps. */
function wakeTrigger(sideSchema: string): readonly string[] {
  const side = inSchema(sideSchema);
  return [
    `create function ${side('session_outbox_wake')}() returns trigger language plpgsql as $$
begin
  if exists (select from ${side('session_lease')} where name = 'outbox/asleep' and expires_at > clock_timestamp()) then
    notify switchyard_outbox;
  end if;
  return null;
end $$`,
    `create trigger session_outbox_filled after insert on ${side('session_outbox')} for each row
  execute function ${side('session_outbox_wake')}()`,
  ];
}
