import type { Comparison, CompareReport, CopyReport, Undecodable } from '@switchyard/session-backends/foreign';
import { countOf } from '../../../count-of.ts';
import { print } from '../../../output.ts';

const NOT_HERE: readonly Comparison[] = ['missing', 'older', 'different'];

const WORDS: Readonly<Record<Comparison, string>> = {
  same: 'the same',
  newer: 'newer here',
  missing: 'missing here',
  older: 'older here',
  different: 'different here',
};

export const isClean = (compared: CompareReport | undefined): boolean =>
  compared !== undefined &&
  compared.done &&
  compared.undecodable.count === 0 &&
  NOT_HERE.every((kind) => compared.counts[kind] === 0);

export function printCopied(alias: string, { read, copied, endless, resumedAt, undecodable, done }: CopyReport): void {
  const resumed = resumedAt > 0 ? `, ${resumedAt} of them before` : '';
  print(
    `${alias}: ${countOf(read, 'entry').replace('entrys', 'entries')} read${resumed}; ${countOf(copied, 'session')} copied`,
  );
  if (endless > 0) print(`  ${endless} never end at their source: from here on they do (--ttl)`);
  // When it is done, the comparison names them.
  if (!done) {
    printUndecodable(undecodable);
    print('  stopped, give the command again to go on');
  }
}

export function printCompared(alias: string, report: CompareReport): void {
  const { counts, undecodable, findings, caughtUp, done } = report;
  const kinds = (Object.keys(WORDS) as Comparison[]).filter((kind) => counts[kind] > 0 || kind === 'same');
  print(`${alias}: compared: ${kinds.map((kind) => `${counts[kind]} ${WORDS[kind]}`).join(', ')}`);
  if (caughtUp > 0) print(`  ${caughtUp} had changed meanwhile and were copied once more`);
  for (const { keyStart, kind } of findings) print(`✗ ${keyStart}…  ${WORDS[kind]}`);
  printUndecodable(undecodable);
  if (!done) print('  stopped before the end');
  else print(isClean(report) ? 'clean: every session of the source is here' : 'NOT clean: see above');
}

function printUndecodable({ count, keyStarts }: Undecodable): void {
  if (count === 0) return;
  const rest = count > keyStarts.length ? ', …' : '';
  print(`✗ ${count} cannot be read, and stay where they are (SHA-256 of the key): ${keyStarts.join(', ')}${rest}`);
}
