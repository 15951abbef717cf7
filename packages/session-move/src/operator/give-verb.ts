import type { MoveOperator, Outcome } from './move-operator.ts';

/** The verbs that change the fences. */
export type ChangingVerb = 'start' | 'switch' | 'rollback' | 'complete' | 'cancel';

/** Has the operator do what was chosen by name. `percent` is for `switch` and `rollback`, `drop` for `complete`. */
export function giveVerb(
  operator: MoveOperator,
  verb: ChangingVerb,
  { percent, drop }: { readonly percent: number; readonly drop: boolean },
): Promise<Outcome> {
  switch (verb) {
    case 'start':
    case 'cancel':
      return operator[verb]();
    case 'switch':
    case 'rollback':
      return operator[verb](percent);
    case 'complete':
      return operator.complete(drop);
  }
}
