import { fencedTableSql, type FencedTable } from '@switchyard/session-backends/foreign';
import type { Check } from '../operator/checks.ts';
import type { MoveDatabase } from '../move-database.ts';
import { inspectSource, type SourceFacts } from './inspect-source.ts';
import { nameOf, toFencedTable, type MoveSource } from './move-source.ts';
import { sampleTimeZone, type TimeZoneSample } from './sample-time-zone.ts';
import { COLUMNS } from './source-columns.ts';
import { sourceChecks } from './source-checks.ts';
import { degradedBy, tierCheck, tierOf, type SourceTier } from './source-tier.ts';

/** Whether sessions can be moved away from a library's table, and how. */
export interface SourceAssessment {
  readonly source: MoveSource;
  readonly tier: SourceTier;
  readonly checks: readonly Check[];
  /** Every check holds. */
  readonly isUsable: boolean;
  /** What the move is without, in sentences. */
  readonly degraded: readonly string[];
  /** Has been made ready before. */
  readonly isReady: boolean;
  /** What makes it ready, for one transaction; `undefined`: its shape or its time zone has to be known first. */
  readonly sql: readonly string[] | undefined;
  readonly table: FencedTable | undefined;
  readonly zone: TimeZoneSample | undefined;
}

/** Looks at a library's table and says what would be done to it. Changes nothing. */
export async function assessSource(database: MoveDatabase, source: MoveSource): Promise<SourceAssessment> {
  const { key, data, expires } = COLUMNS[source.kind];
  const names = { key: key.name, data: data.name, expires: expires.name };
  const facts = await inspectSource(database, nameOf(source), names);
  const hasColumns = Object.values(COLUMNS[source.kind]).every(({ name, types }) =>
    facts.columns.some((column) => column.name === name && types.test(column.type)),
  );
  const timeZone = await zoneOf(database, source, facts);
  const table = hasColumns && timeZone !== undefined ? toFencedTable(source, timeZone) : undefined;
  const zone =
    table === undefined || source.kind === 'django' || !facts.mayRead || timeZone === undefined
      ? undefined
      : await sampleTimeZone(database, table, timeZone);
  const tier = tierOf(facts);
  const checks = [...sourceChecks(source, facts, table, zone)];
  if (facts.kind !== undefined) checks.push(tierCheck(source, tier, facts));
  return {
    source,
    tier,
    checks,
    isUsable: checks.every(({ ok }) => ok),
    degraded: facts.kind === undefined ? [] : degradedBy(source, tier, facts),
    isReady: typeof facts.sideSchema === 'object',
    sql: table && [
      ...fencedTableSql(table),
      ...facts.otherWriters.flatMap((role) => grants(table, role, 'select, insert, update, delete')),
      // Where somebody else has to run this, whoever asks has to be let in by it, also to empty what is beside the table.
      ...(tier === 'A' ? [] : grants(table, facts.user, 'all')),
    ],
    table,
    zone,
  };
}

/** The one that was named, or the one that everybody who writes there has. `undefined`: nobody can say. */
async function zoneOf(
  database: MoveDatabase,
  { kind, timeZone }: MoveSource,
  { timeZones }: SourceFacts,
): Promise<string | undefined> {
  if (kind === 'django') return 'UTC';
  const [only, ...others] = timeZone === undefined ? [...new Set(Object.values(timeZones))] : [timeZone];
  if (only === undefined || others.length > 0) return undefined;
  const [row] = await database.query(
    'select exists (select from pg_timezone_names where lower(name) = lower($1)) as known',
    [only],
  );
  return row?.['known'] === true ? only : undefined;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Whoever writes to the library's table may do so through the move's functions, too. */
const grants = ({ sideSchema }: FencedTable, role: string, rights: string): readonly string[] => [
  `grant usage on schema ${quoted(sideSchema)} to ${quoted(role)}`,
  `grant ${rights} on all tables in schema ${quoted(sideSchema)} to ${quoted(role)}`,
  `grant usage on all sequences in schema ${quoted(sideSchema)} to ${quoted(role)}`,
];
