import type { Diagnosis, BlockingIndex } from './diagnose-bloat.ts';
import type { InspectedTable } from './inspect-table.ts';
import { deadBytes, type BloatSizes } from './measure-sizes.ts';
import type { VacuumHolder } from './read-vacuum-holders.ts';

export type BloatCode =
  | 'SPACE_DEAD'
  | 'HOT_BLOCKED'
  | 'HOT_LOW'
  | 'NO_ROOM'
  | 'AUTOVACUUM_OFF'
  | 'AUTOVACUUM_RARE'
  | 'VACUUM_HELD'
  | 'NOT_ANALYZED';

export interface BloatFinding {
  readonly code: BloatCode;
  /** The index, the transaction, or the table. */
  readonly subject: string;
  readonly message: string;
}

/** What was found, in words, what matters most first. */
export function describeFindings(
  { name, indexes, settings }: InspectedTable,
  sizes: BloatSizes,
  found: Diagnosis,
): readonly BloatFinding[] {
  const findings: BloatFinding[] = [];
  const say = (code: BloatCode, message: string, subject = name): void =>
    void findings.push({ code, subject, message });
  if (found.rowsBloated || found.indexesBloated) {
    const what = [found.rowsBloated && 'the rows', found.indexesBloated && 'the indexes'].filter(Boolean).join(' and ');
    say(
      'SPACE_DEAD',
      `${percent(deadBytes(sizes.total) / sizes.total.bytes)} of its space is dead, in ${what}: it is ${times(sizes.total.bytes, sizes.total.freshBytes ?? 0)} times as large as its live rows need`,
    );
  }
  for (const holder of found.held) say('VACUUM_HELD', heldBy(holder), `${holder.kind} ${holder.name}`);
  for (const one of found.blocking) say('HOT_BLOCKED', blocked(one, indexes.length), one.index.name);
  if (found.hotUnexplained)
    say(
      'HOT_LOW',
      `${percent(found.hotShare ?? 0)} of its updates are HOT: an index reads a column that they set, which no name tells. Compare what your updates set with the indexes: ${indexes.map((index) => index.name).join(', ')}`,
    );
  if (found.noRoom)
    say(
      'NO_ROOM',
      `its pages are filled to ${settings.fillfactor} %: an update finds no room beside the row it replaces`,
    );
  if (found.autovacuumOff === 'table') say('AUTOVACUUM_OFF', 'a setting of this table keeps autovacuum away');
  if (found.autovacuumOff === 'server') say('AUTOVACUUM_OFF', 'autovacuum is off, or counts nothing, at this server');
  if (found.autovacuumDue !== undefined)
    say(
      'AUTOVACUUM_RARE',
      `it has ${sizes.deadRows.toLocaleString('en')} dead rows, and autovacuum was to come at ${found.autovacuumDue.toLocaleString('en')}: it comes too seldom, or does not keep up`,
    );
  if (found.notAnalyzed) say('NOT_ANALYZED', 'nobody has analysed it: how much of it is dead is not known');
  return findings;
}

export const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

export const times = (bytes: number, fresh: number): string => (bytes / Math.max(fresh, 8192)).toFixed(1);

const blocked = ({ index, columns }: BlockingIndex, count: number): string => {
  const names = columns.map(({ name }) => name).join(', ');
  const through = index.keys.some(({ column }) => column === 0) ? ', if only through an expression or condition' : '';
  return `reads ${names}${through}: a save that changes it makes a new entry in each of the ${count} indexes, and is not HOT`;
};

function heldBy({ kind, detail, seconds, transactions }: VacuumHolder): string {
  const since = seconds === undefined ? '' : `open for ${Math.round(seconds).toLocaleString('en')} s, `;
  return `no vacuum removes what has died since this ${kind} began: ${since}${transactions.toLocaleString('en')} transactions ago (${detail})`;
}
