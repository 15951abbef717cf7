import { describeFindings, type BloatFinding } from './describe-findings.ts';
import { diagnoseBloat } from './diagnose-bloat.ts';
import type { InspectedTable } from './inspect-table.ts';
import { measureSizes, type BloatSizes } from './measure-sizes.ts';
import { planRepair } from './plan-repair.ts';
import type { RepairStep } from './repair-step.ts';
import type { VacuumHolders } from './read-vacuum-holders.ts';

/** What an operator is told of a table's space. */
export interface BloatReport {
  readonly table: string;
  readonly sizes: BloatSizes;
  /** Since the statistics were last reset. */
  readonly updates: number;
  readonly hotShare: number | undefined;
  readonly vacuumedAt: Date | undefined;
  readonly autovacuumedAt: Date | undefined;
  readonly autovacuum: 'on' | 'off at the server' | 'off for the table';
  readonly holders: VacuumHolders;
  /** None: all is well. */
  readonly findings: readonly BloatFinding[];
  /** In the order in which they are to be done. */
  readonly steps: readonly RepairStep[];
}

/** @param longSeconds A transaction that is open for as long, or longer, is one too many. */
export function reportBloat(table: InspectedTable, longSeconds: number): BloatReport {
  const sizes = measureSizes(table);
  const found = diagnoseBloat(table, sizes, longSeconds);
  const { updates, vacuumedAt, autovacuumedAt } = table.space;
  const off = found.autovacuumOff === 'server' ? 'off at the server' : 'off for the table';
  return {
    table: table.name,
    sizes,
    updates,
    hotShare: found.hotShare,
    vacuumedAt,
    autovacuumedAt,
    autovacuum: found.autovacuumOff === undefined ? 'on' : off,
    holders: table.holders,
    findings: describeFindings(table, sizes, found),
    steps: planRepair(table, sizes, found),
  };
}
