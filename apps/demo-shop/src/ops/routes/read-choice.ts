import type { MoveVerb } from '@switchyard/session-move';
import { textField } from '../../shop/form-fields.ts';
import type { VerbChoice } from '../actions/action-record.ts';

const VERBS: readonly MoveVerb[] = ['start', 'backfill', 'verify', 'switch', 'rollback', 'complete', 'cancel'];

/** What a form or an address asks for; `undefined` where it asks for nothing that there is. */
export function readChoice(fields: unknown): VerbChoice | undefined {
  const verb = VERBS.find((each) => each === textField(fields, 'verb'));
  if (verb === undefined) return undefined;
  const text = textField(fields, 'percent') ?? '';
  const percent = text === '' ? (verb === 'rollback' ? 0 : 100) : Number(text);
  if (!Number.isFinite(percent) || percent < 0 || percent > 100) return undefined;
  // To switch nothing is a way back.
  if (verb === 'switch' && percent === 0) return undefined;
  return {
    verb,
    percent,
    repair: verb === 'verify' && textField(fields, 'repair') === 'yes',
    drop: verb === 'complete' && textField(fields, 'drop') === 'yes',
  };
}
