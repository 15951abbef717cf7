import type { BloatReport, RepairStep, Size } from '@switchyard/session-backends';
import { countOf } from '../../count-of.ts';
import { print } from '../../output.ts';
import { bytes as bytesOf } from '../move/print-status.ts';

/** What a person at a terminal reads of a table's space. */
export function printBloat(database: string, report: BloatReport): void {
  const { table, sizes, findings, steps } = report;
  print(`${database}: ${table}, about ${count(sizes.liveRows)} live rows`);
  print(`  ${'bytes'.padStart(18)}  ${'freshly packed'.padStart(14)}  ${'dead space'.padStart(18)}`);
  for (const kind of ['rows', 'toast', 'indexes', 'total'] as const) print(sizeLine(kind, sizes[kind]));
  print(`  ${sizes.measured ? MEASURED : ESTIMATED}`);
  print(`  dead rows: ${count(sizes.deadRows)}; HOT updates: ${hotUpdates(report)}`);
  print(
    `  autovacuum ${report.autovacuum}, last ${toSecond(report.autovacuumedAt)}; any vacuum: ${toSecond(report.vacuumedAt)}`,
  );
  printHolders(report);
  if (findings.length === 0) return print('  nothing found');
  print(`  ${countOf(findings.length, 'finding')}:`);
  for (const { code, subject, message } of findings) print(`  ✗ ${code}  ${subject}: ${message}`);
  print('  to run, in this order; nothing of it has been done:');
  steps.forEach((step, i) => printStep(i + 1, step));
}

const ESTIMATED = 'an estimate, by pg_class and pg_stats; with the extension pgstattuple the rows are measured';
const MEASURED = 'rows measured by pgstattuple_approx; the indexes are an estimate, by pg_stats';

function sizeLine(name: string, { bytes, freshBytes }: Size): string {
  const fresh = freshBytes === undefined ? '?' : bytesOf(freshBytes);
  const dead =
    freshBytes === undefined
      ? '?'
      : `${bytesOf(bytes - freshBytes)}${bytes > 0 ? ` (${share(bytes - freshBytes, bytes)})` : ''}`;
  const label = name === 'toast' ? 'TOAST' : name;
  return `  ${label.padEnd(8)}${bytesOf(bytes).padStart(10)}  ${fresh.padStart(14)}  ${dead.padStart(18)}`;
}

function printHolders({ holders: { holders, complete } }: BloatReport): void {
  const [oldest] = holders;
  const since = oldest?.seconds === undefined ? '' : `, open for ${count(oldest.seconds)} s`;
  print(
    `  vacuum held back by: ${oldest === undefined ? 'nothing' : `${oldest.kind} ${oldest.name}${since}, ${count(oldest.transactions)} transactions ago`}`,
  );
  if (!complete) print('  transactions of other users are not seen: grant pg_read_all_stats to this user to see them');
}

function printStep(
  number: number,
  { run, instead, effect, lock, freesBytes, timesSmaller, lockSeconds }: RepairStep,
): void {
  print(`  ${number}. ${run}`);
  if (instead !== undefined)
    print(`     or, with the extension pg_repack: ${instead} (everybody waits for a moment, at its begin and end)`);
  print(`     ${effect}`);
  if (freesBytes !== undefined && freesBytes > 0) {
    const smaller = timesSmaller === undefined ? '' : `: ${timesSmaller.toFixed(1)} times smaller`;
    print(`     frees ${bytesOf(freesBytes)}${smaller}`);
  }
  if (freesBytes !== undefined && freesBytes < 0) print(`     takes ${bytesOf(-freesBytes)} more`);
  const seconds =
    lockSeconds === undefined ? '' : `; about ${Math.max(1, Math.round(lockSeconds))} s at 50 MB a second`;
  print(`     ${lock}${seconds}`);
}

const hotUpdates = ({ hotShare, updates }: BloatReport): string =>
  hotShare === undefined ? 'no update counted' : `${(hotShare * 100).toFixed(1)} % of ${count(updates)}`;

const count = (value: number): string => Math.round(value).toLocaleString('en');
const share = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`;

const toSecond = (date: Date | undefined): string => date?.toISOString().replace(/\.\d+/, '') ?? 'never';
