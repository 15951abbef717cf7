import { GROUPS } from './cases/all-groups.ts';
import { describeMachine, type Machine } from './machine.ts';
import type { Options } from './options.ts';
import { summarizeCase, type CaseResult } from './report/case-result.ts';
import { caseTables } from './report/case-tables.ts';
import { machineLines } from './report/machine-lines.ts';
import { ratioOf, type Ratio } from './report/ratio.ts';
import { ratioTable } from './report/ratio-table.ts';
import type { Section } from './report/section.ts';
import { CROWD, WANTED } from './report/wanted.ts';
import { runGroups } from './run-groups.ts';
import type { Stage } from './stage/open-stage.ts';

const CONNECTIONS = 10;

export interface CasesReport {
  readonly machine: Machine & { readonly servers: readonly string[] };
  readonly cases: readonly CaseResult[];
  readonly ratios: readonly Ratio[];
}

/** Loads, saves and requests, ours and those of others. */
export async function benchCases(options: Options, stage: Stage, say: (line: string) => void): Promise<Section> {
  const machine = await describeMachine();
  const { rounds, seconds, sessions } = options.numbers;
  const measured = await runGroups(
    GROUPS,
    { stage, sessions, connections: CONNECTIONS },
    { rounds, seconds, cases: options.cases, subjects: options.subjects, callers: [1, CROWD], say },
  );
  const servers = stage.descriptions();
  const report: CasesReport = {
    machine: { ...machine, servers },
    cases: measured.map(summarizeCase),
    ratios: WANTED.map((wanted) => ratioOf(wanted, measured)),
  };
  return {
    name: 'cases',
    json: report,
    tables: [...caseTables(report.cases), ratioTable(report.ratios)],
    lines: [
      ...machineLines(machine, servers),
      `Medians of ${rounds} rounds of ${seconds} s, ${sessions} sessions, ${CONNECTIONS} connections each.`,
    ],
  };
}
