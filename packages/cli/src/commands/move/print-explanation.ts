import type { RowExplained, SessionExplained, SideExplained } from '@switchyard/session-move';
import { print } from '../../output.ts';

/** Where a session lives, and why; without its data. */
export function printExplanation(explained: SessionExplained): void {
  const { key, bucket, phase, answer, from, because } = explained;
  print(
    `session ${key}…   bucket ${bucket} (${phase})   a load answers: ${answer}${from === undefined ? '' : `, from the ${from} database`}`,
  );
  because.forEach((sentence) => print(`  ${sentence}`));
  printSide('old', explained.old);
  printSide('new', explained.new);
}

function printSide(name: string, { fence, row }: SideExplained): void {
  const { state, epoch, merge, capture } = fence;
  print(
    `${name}  fence ${state} ${epoch}${merge ? ', merge' : ''}${capture ? ', lists changes' : ''}   ${describeRow(row)}`,
  );
}

const describeRow = (row: RowExplained | undefined): string =>
  row === undefined
    ? 'no row'
    : `row ${row.state}, version ${row.epoch}/${row.counter}, ${row.size} bytes, expires ${row.expiresAt.toISOString()}${row.inOutbox ? ', waiting to be carried across' : ''}`;
