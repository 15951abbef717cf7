import type { MoveDatabase } from '../move-database.ts';
import { recordAudit } from '../operator/audit.ts';
import type { BothSides } from './scope.ts';
import type { VerifyReport, VerifySummary } from './verify-report.ts';

export interface LastVerify {
  readonly actor: string;
  readonly at: Date;
  /** By the database's clock. */
  readonly ageMs: number;
  readonly clean: boolean;
  readonly summary: VerifySummary;
}

/** Writes down what was found, without the findings' keys, in both databases. @throws as `recordAudit` does */
export async function recordVerify(sides: BothSides, actor: string, report: VerifyReport): Promise<void> {
  const { findings: _, ...summary } = report;
  await recordAudit([sides.old, sides.new], { actor, action: 'verify', moveId: report.moveId, detail: summary });
}

/** A sample cannot say that all is well, only that something is not. */
const READ = `select actor, at, extract(epoch from clock_timestamp() - at)::float8 * 1000 as age_ms, detail
  from session_audit
  where move_id = $1 and action = 'verify' and (detail->>'sample' is null or detail->>'clean' = 'false')
  order by at desc, id desc limit 1`;

/** The last comparison of all rows, or of a sample in which something was wrong. */
export async function lastVerify(database: MoveDatabase, moveId: string): Promise<LastVerify | undefined> {
  const [row] = await database.query(READ, [moveId]);
  if (row === undefined) return undefined;
  const summary = row['detail'] as VerifySummary;
  const { actor, at, age_ms: ageMs } = row as { actor: string; at: Date; age_ms: number };
  return { actor, at, ageMs, clean: summary.clean, summary };
}
