import type { Check, MovePlan } from '@switchyard/session-move';
import { print } from '../../output.ts';

/** Why a verb was refused: what was found, what was asked for, and what to do. */
export function printRefusal({ verb, checks }: MovePlan): void {
  print(`${verb} is refused; nothing was changed`);
  checks.filter(({ ok }) => !ok).forEach(printCheck);
}

/** The checks with value and threshold, the steps in order with the commit point marked, and the verdict. */
export function printPlan({ verb, checks, steps, wouldSucceed }: MovePlan): void {
  print(`${verb}: checks`);
  checks.forEach(printCheck);
  if (wouldSucceed && steps.length > 0) {
    print('steps');
    steps.forEach(({ does, commitPoint, undo }, i) => {
      const back = undo === '' ? '' : undo === 'none' ? '   (cannot be taken back)' : `   (back: ${undo})`;
      print(`${commitPoint ? '▶' : ' '}${String(i + 1).padStart(2)}. ${does}${back}`);
    });
    if (steps.some(({ commitPoint }) => commitPoint))
      print('▶ the commit point: from there on the step is finished, by whoever comes');
  }
  print(wouldSucceed ? `${verb} would succeed` : `${verb} is refused`);
}

export function printCheck({ name, ok, value, threshold, remedy }: Check): void {
  print(`  ${ok ? '✓' : '✗'} ${name}: ${value}${ok ? '' : `   (asked for: ${threshold})`}`);
  if (!ok && remedy !== '') print(`      → ${remedy}`);
}
