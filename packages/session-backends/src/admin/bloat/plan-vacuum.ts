import type { Diagnosis } from './diagnose-bloat.ts';
import type { InspectedTable } from './inspect-table.ts';
import type { BloatSizes } from './measure-sizes.ts';
import { repairStep, type RepairStep } from './repair-step.ts';
import type { VacuumHolder } from './read-vacuum-holders.ts';

const EAGER_SHARE = 0.02;
const EAGER_ROWS = 500;

/** What lets autovacuum come, and do its work. */
export function planVacuum(table: InspectedTable, sizes: BloatSizes, found: Diagnosis): readonly RepairStep[] {
  const { name, settings } = table;
  const { held, autovacuumOff, autovacuumDue, rowsBloated } = found;
  const steps = held.map((holder) =>
    repairStep(endOf(holder), 'lets a vacuum remove what has died since', { lock: lossOf(holder) }),
  );
  if (autovacuumOff !== undefined)
    steps.push(
      repairStep(
        autovacuumOff === 'table'
          ? `alter table ${name} reset (autovacuum_enabled);`
          : 'alter system set autovacuum = on; alter system set track_counts = on; select pg_reload_conf();',
        'autovacuum comes by itself again',
      ),
    );
  const isEager = settings.scaleFactor <= EAGER_SHARE;
  if (isEager && autovacuumDue !== undefined)
    steps.push(
      repairStep(
        `alter system set autovacuum_naptime = '15s'; select pg_reload_conf();`,
        'autovacuum looks for work every 15 s; if it still does not keep up, it needs more autovacuum_max_workers',
      ),
    );
  if (!isEager && (autovacuumDue !== undefined || (autovacuumOff !== undefined && rowsBloated)))
    steps.push(
      repairStep(
        `alter table ${name} set (autovacuum_vacuum_scale_factor = ${EAGER_SHARE}, autovacuum_vacuum_threshold = ${EAGER_ROWS}, autovacuum_vacuum_cost_delay = 0);`,
        `autovacuum comes at ${Math.round(EAGER_ROWS + EAGER_SHARE * sizes.liveRows).toLocaleString('en')} dead rows, and does not rest in between`,
      ),
    );
  return steps;
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function endOf({ kind, name }: VacuumHolder): string {
  if (kind === 'transaction') return `select pg_terminate_backend(${name});`;
  if (kind === 'prepared transaction') return `rollback prepared ${text(name)};`;
  if (kind === 'replication slot') return `select pg_drop_replication_slot(${text(name)});`;
  return 'alter system set hot_standby_feedback = off; select pg_reload_conf();';
}

function lossOf({ kind }: VacuumHolder): string {
  if (kind === 'transaction') return 'what that transaction has done is undone: let it end by itself if it can';
  if (kind === 'prepared transaction')
    return 'what it has done is undone; commit prepared keeps it. In its own database';
  if (kind === 'replication slot') return 'whoever reads from that slot has to be set up anew';
  return 'at the standby: long queries there may be cancelled';
}
