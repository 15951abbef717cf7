import type { SourceAssessment, TimeZoneSample } from '@switchyard/session-move';
import { print } from '../../output.ts';
import { printCheck } from './print-plan.ts';

/** Why a library's table cannot be moved away from, and what to do. */
export function printUnusable({ source, checks }: SourceAssessment): void {
  print(`start from ${source.kind} is refused; nothing was changed`);
  checks.filter(({ ok }) => !ok).forEach(printCheck);
}

/** How the expiry of one row is read, for a person to see whether that can be. */
export const exampleOf = ({ column, read, session }: NonNullable<TimeZoneSample['example']>): string =>
  `an example: expire ${column} is read as ${read.toISOString()}; that session says of itself ${session.toISOString()}`;

/** The tier, what is checked, what the move is without, and what would be run. */
export function printAssessment(assessed: SourceAssessment, withSql: boolean): void {
  const { source, tier, checks, degraded, zone, sql, isUsable, isReady } = assessed;
  print(`start from ${source.kind}: tier ${tier}`);
  checks.forEach(printCheck);
  if (zone?.example !== undefined) print(`  ${exampleOf(zone.example)}`);
  if (degraded.length > 0) print('what this move is without');
  for (const what of degraded) print(`  - ${what}`);
  if (withSql && !isReady && sql !== undefined) {
    print('SQL that makes the table ready, in one transaction');
    for (const statement of sql) print(`${statement};`);
  }
  if (withSql)
    print(
      isUsable
        ? 'steps\n   1. run the SQL above   (back: cancel, and drop the schema)\n   2. claim the new database for the move, its session tables empty   (back: cancel)\n   3. the old database lists what changes in all buckets   (back: cancel)\nstart would succeed'
        : 'start is refused',
    );
}
