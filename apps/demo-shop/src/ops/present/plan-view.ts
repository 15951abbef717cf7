import type { MovePlan } from '@switchyard/session-move';
import type { VerbChoice } from '../actions/action-record.ts';
import type { ShownPlan } from '../actions/create-actions.ts';
import type { Asked } from '../routes/read-choice.ts';
import { optionFields } from './option-fields.ts';
import { verbTitle } from './verb-title.ts';

/** What its page has of a plan without looking at a database. */
export const askedView = ({ choice, texts }: Asked, note: string | undefined) => ({
  title: verbTitle(choice),
  note,
  choice,
  fields: optionFields(choice.verb, texts),
  hasOptions: texts.size > 0,
});

/** A plan as its page has it; with a button only where it would succeed. */
export function planView(asked: Asked, { choice, plan, mark, id }: ShownPlan, formToken: string, note?: string) {
  const isConfirmable = plan.wouldSucceed && mark !== undefined;
  return {
    ...askedView(asked, note),
    formToken,
    back: backOf(choice),
    plan: {
      wouldSucceed: plan.wouldSucceed,
      verdict: verdictOf(plan),
      checks: plan.checks.toSorted((a, b) => Number(a.ok) - Number(b.ok)),
      steps: plan.steps.map(({ does, commitPoint, undo }) => ({ does, commitPoint, undo: sayUndo(undo) })),
    },
    confirm: isConfirmable
      ? {
          id,
          mark,
          label: `${verbTitle(choice)} now`,
          word: confirmationWord(choice),
        }
      : undefined,
  };
}

/** What has to be typed before something that cannot be taken back. */
export const confirmationWord = ({ verb }: VerbChoice): string | undefined =>
  verb === 'complete' ? 'complete' : undefined;

function verdictOf({ checks, wouldSucceed, verb }: MovePlan): string {
  const failed = checks.filter(({ ok }) => !ok).length;
  return wouldSucceed
    ? `All ${checks.length} checks hold: “${verb}” would succeed.`
    : `${failed} of ${checks.length} checks ${failed === 1 ? 'does' : 'do'} not hold: “${verb}” would be refused.`;
}

const sayUndo = (undo: string): string => {
  if (undo === '') return '';
  return undo === 'none' ? 'cannot be taken back' : `back: ${undo}`;
};

function backOf({ verb }: VerbChoice): string {
  switch (verb) {
    case 'start':
    case 'backfill':
      return 'cancel, at any time before the first switch.';
    case 'verify':
      return 'none is needed: it changes nothing, unless it is to repair.';
    case 'switch':
      return 'roll back, in one step, with everything that was written since.';
    case 'rollback':
      return 'switch again, when you are ready.';
    case 'cancel':
      return 'start again; the new database is filled anew.';
    case 'complete':
      return 'there is none after this.';
  }
}
