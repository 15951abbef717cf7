import {
  giveVerb,
  thresholdsOf,
  type ChangingVerb,
  type MoveOperator,
  type VerbOptions,
} from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { print, printJson } from '../../output.ts';
import { openMove } from './open-move.ts';
import { printPlan, printRefusal } from './print-plan.ts';
import { bytes } from './print-status.ts';

export interface ChangeOptions extends VerbOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly percent?: number;
}

/** The verbs that change the fences. Resolves to the exit code. */
export async function changeVerb(project: string, verb: ChangingVerb, options: ChangeOptions): Promise<number> {
  const move = await openMove(project);
  try {
    return await interruptible(async (signal) => {
      const operator = move.operator({ signal, thresholds: thresholdsOf(options) });
      const percent = options.percent ?? 100;
      if (options.dryRun === true) return await tellPlan(operator, verb, percent, options);
      const outcome = await giveVerb(operator, verb, { percent, drop: options.drop ?? false });
      if (options.json === true) printJson(outcome);
      else if (outcome.done) print(sentence(verb, outcome));
      else printRefusal(outcome.plan);
      return outcome.done ? EXIT.done : EXIT.refused;
    });
  } finally {
    await move.close();
  }
}

export async function tellPlan(
  operator: MoveOperator,
  verb: Parameters<MoveOperator['plan']>[0],
  percent: number,
  options: ChangeOptions,
): Promise<number> {
  const plan = await operator.plan(verb, percent, options);
  if (options.json === true) printJson(plan);
  else printPlan(plan);
  return plan.wouldSucceed ? EXIT.done : EXIT.refused;
}

function sentence(verb: ChangingVerb, outcome: object): string {
  const { merging, freedBytes, dropped } = outcome as { merging?: number; freedBytes?: number; dropped?: boolean };
  switch (verb) {
    case 'start':
      return 'started: the old database serves as before, and lists what changes. Next: switchyard move backfill';
    case 'switch':
    case 'rollback':
      return merging === 0
        ? `${verb} done: everything is across`
        : `${verb} done: ${merging} buckets still look at both databases; the worker ends that when everything is across`;
    case 'complete':
      return `complete: ${bytes(freedBytes ?? 0)} given back to the file system at once, by ${dropped === true ? 'dropping' : 'truncating'} the old table`;
    case 'cancel':
      return 'cancelled: the old database serves as before, and the new one is empty';
  }
}
