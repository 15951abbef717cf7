import { explainSession } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { printJson } from '../../output.ts';
import { openMove } from './open-move.ts';
import { printExplanation } from './print-explanation.ts';

export async function explainVerb(project: string, key: string, { json }: { json?: boolean }): Promise<number> {
  const move = await openMove(project);
  try {
    const explained = await explainSession(move.sides, key, move.keyEncoding);
    if (json === true) printJson(explained);
    else printExplanation(explained);
    return EXIT.done;
  } finally {
    await move.close();
  }
}
