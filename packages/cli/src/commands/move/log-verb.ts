import { readAudit } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { print, printJson } from '../../output.ts';
import { openMove } from './open-move.ts';

/** The log is the same in both databases; the old one may be gone. */
export async function logVerb(project: string, { json, last }: { json?: boolean; last: number }): Promise<number> {
  const move = await openMove(project);
  try {
    const lines = await readAudit(move.sides.new.database, last).catch(() => readAudit(move.sides.old.database, last));
    if (json === true) printJson(lines);
    else
      for (const { at, actor, action, moveId, detail } of lines)
        print(
          `${at.toISOString()}  ${moveId?.slice(0, 8) ?? '-'.repeat(8)}  ${actor}  ${action}  ${JSON.stringify(detail)}`,
        );
    return EXIT.done;
  } finally {
    await move.close();
  }
}
