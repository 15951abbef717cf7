import { ALL_BUCKETS, giveBackfill, type Filled } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { print, printJson, tell } from '../../output.ts';
import { progressLine } from '../../progress-line.ts';
import { tellPlan, type ChangeOptions } from './change-verb.ts';
import { openMove } from './open-move.ts';
import { printRefusal } from './print-plan.ts';

export async function backfillVerb(project: string, options: ChangeOptions): Promise<number> {
  const { dryRun, json } = options;
  const move = await openMove(project);
  try {
    return await interruptible(async (signal) => {
      const operator = move.operator({ signal });
      if (dryRun === true) return await tellPlan(operator, 'backfill', 100, options);
      const progress = progressLine('copied');
      const outcome = await giveBackfill(operator, options, {
        sides: move.sides,
        keyEncoding: move.keyEncoding,
        signal,
        onProgress: progress.show,
        onWait: tell,
      }).finally(progress.end);
      if (json === true) printJson(outcome);
      else if (!outcome.done) printRefusal(outcome.plan);
      else print(sentence(outcome));
      if (!outcome.done) return EXIT.refused;
      return outcome.covered === ALL_BUCKETS.length ? EXIT.done : EXIT.findings;
    });
  } finally {
    await move.close();
  }
}

const sentence = ({ covered, rows }: Filled): string => {
  const copied = rows === undefined ? '' : `${rows} rows copied, `;
  if (covered === ALL_BUCKETS.length) return `${copied}all buckets are covered. Next: switchyard move verify`;
  return `${copied}${covered} of 256 buckets are covered so far: give the command again to go on`;
};
