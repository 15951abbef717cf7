import { SqlFailure, type SqlExecutor } from '../../sql-executor.ts';
import { readTableSpace, type TableSpace } from '../table-space.ts';
import { TableSpaceError } from './table-space-error.ts';
import { findTable } from './find-table.ts';
import { measureLiveRows, type MeasuredRows } from './measure-live-rows.ts';
import { readTableColumns, type TableColumn } from './read-table-columns.ts';
import { readTableIndexes, type TableIndex } from './read-table-indexes.ts';
import { readToastRows, type ToastRows } from './read-toast-rows.ts';
import { readVacuumHolders, type VacuumHolders } from './read-vacuum-holders.ts';
import { readVacuumSettings, type VacuumSettings } from './read-vacuum-settings.ts';

/** All that the server knows of a table's space, at about one moment. */
export interface InspectedTable {
  /** As SQL has it. */
  readonly name: string;
  readonly serverVersion: number;
  readonly space: TableSpace;
  readonly toast: ToastRows;
  readonly columns: readonly TableColumn[];
  readonly indexes: readonly TableIndex[];
  readonly settings: VacuumSettings;
  readonly holders: VacuumHolders;
  /** `undefined`: there is no pgstattuple, or it would take too long; the rest are estimates. */
  readonly measured: MeasuredRows | undefined;
}

/**
 * Looks at a table, changing nothing and reading none of its rows, but for the pages that pgstattuple_approx reads where
 * that extension is there. `undefined`: there is no such table.
 * @throws {TableSpaceError}
 * @throws {SqlFailure}
 */
export async function inspectTable(executor: SqlExecutor, table: string): Promise<InspectedTable | undefined> {
  try {
    const found = await findTable(executor, table);
    if (found === undefined) return undefined;
    const { name, shortName, serverVersion } = found;
    const space = await readTableSpace(executor, name);
    if (space === undefined)
      throw new TableSpaceError('TABLE_UNSUPPORTED', `"${table}" is a table of the server's own: no session is in it.`);
    return {
      name: shortName,
      serverVersion,
      space,
      toast: await readToastRows(executor, name),
      columns: await readTableColumns(executor, name),
      indexes: await readTableIndexes(executor, name),
      settings: await readVacuumSettings(executor, name),
      holders: await readVacuumHolders(executor),
      measured: await measureLiveRows(executor, name),
    };
  } catch (error) {
    // The statement was given up: its time was over, or a lock was not to be had.
    if (error instanceof SqlFailure && ['57014', '55P03'].includes(error.sqlState ?? ''))
      throw new TableSpaceError(
        'TABLE_BUSY',
        `A look at "${table}" takes too long: is it locked, by a VACUUM FULL or an ALTER TABLE? Try again when that is done.`,
        { cause: error },
      );
    throw error;
  }
}
