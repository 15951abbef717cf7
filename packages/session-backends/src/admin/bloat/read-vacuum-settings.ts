import type { SqlExecutor } from '../../sql-executor.ts';

/** How a table is filled and vacuumed: its own settings, else the server's. */
export interface VacuumSettings {
  /** Percent of each page that new rows may fill. */
  readonly fillfactor: number;
  readonly serverOn: boolean;
  readonly tableOn: boolean;
  /** Dead rows from which on autovacuum comes: so many, and such a share of the rows. */
  readonly threshold: number;
  readonly scaleFactor: number;
  /** Dead rows from which on it comes in any case; `undefined`: there is no such limit. */
  readonly maxThreshold: number | undefined;
  /** As the last vacuum or ANALYZE has counted; `undefined`: there was none yet. */
  readonly countedRows: number | undefined;
}

const OWN = (name: string): string =>
  `(select option_value from pg_options_to_table(c.reloptions) where option_name = '${name}')`;

const READ = `select coalesce(${OWN('fillfactor')}, '100')::float8 as fillfactor,
    current_setting('autovacuum')::bool and current_setting('track_counts')::bool as server_on,
    coalesce(${OWN('autovacuum_enabled')}, 'true')::bool as table_on,
    coalesce(${OWN('autovacuum_vacuum_threshold')}, current_setting('autovacuum_vacuum_threshold'))::float8 as threshold,
    coalesce(${OWN('autovacuum_vacuum_scale_factor')},
      current_setting('autovacuum_vacuum_scale_factor'))::float8 as scale,
    coalesce(${OWN('autovacuum_vacuum_max_threshold')},
      current_setting('autovacuum_vacuum_max_threshold', true))::float8 as most,
    case when c.reltuples >= 0 and (c.reltuples > 0 or c.relpages > 0) then c.reltuples::float8 end as rows
  from pg_class c where c.oid = to_regclass($1)`;

/** @throws {SqlFailure} */
export async function readVacuumSettings(executor: SqlExecutor, table: string): Promise<VacuumSettings> {
  const [row = {}] = await executor.query(READ, [table], { name: 'sy_vacuum_settings' });
  const most = row['most'] === null ? -1 : Number(row['most']);
  return {
    fillfactor: Number(row['fillfactor']),
    serverOn: row['server_on'] === true,
    tableOn: row['table_on'] === true,
    threshold: Number(row['threshold']),
    scaleFactor: Number(row['scale']),
    maxThreshold: most < 0 ? undefined : most,
    countedRows: row['rows'] === null ? undefined : Number(row['rows']),
  };
}
