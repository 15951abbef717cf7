import { whyNotTogether, type MoveVerb, type VerbOptions } from '@switchyard/session-move';
import { textField } from '../../shop/form-fields.ts';
import type { VerbChoice } from '../actions/action-record.ts';
import { fieldOf, optionsOf } from '../present/option-fields.ts';

const VERBS: readonly MoveVerb[] = ['start', 'backfill', 'verify', 'switch', 'rollback', 'complete', 'cancel'];

/** What a form or an address asks for. */
export interface Asked {
  readonly choice: VerbChoice;
  /** The options as they were written, by the names of their fields. */
  readonly texts: ReadonlyMap<string, string>;
  /** What is wrong with them, in the words of the command line: then nothing is planned or done. */
  readonly wrong: string | undefined;
}

/** `undefined` where it asks for nothing that there is. */
export function readChoice(fields: unknown): Asked | undefined {
  const verb = VERBS.find((each) => each === textField(fields, 'verb'));
  if (verb === undefined) return undefined;
  const text = textField(fields, 'percent') ?? '';
  const percent = text === '' ? (verb === 'rollback' ? 0 : 100) : Number(text);
  if (!Number.isFinite(percent) || percent < 0 || percent > 100) return undefined;
  // To switch nothing is a way back.
  if (verb === 'switch' && percent === 0) return undefined;
  const { options, texts, wrong } = readOptions(verb, fields);
  return { choice: { verb, percent, options }, texts, wrong };
}

function readOptions(verb: MoveVerb, fields: unknown): Omit<Asked, 'choice'> & { readonly options: VerbOptions } {
  const values: [string, number | boolean][] = [];
  const texts = new Map<string, string>();
  let wrong: string | undefined;
  for (const { name, flags, read } of optionsOf(verb)) {
    const field = fieldOf(flags);
    const text = textField(fields, field)?.trim() ?? '';
    if (text === '') continue;
    texts.set(field, text);
    // "--no-throttle" says no to what its name stands for.
    if (read === undefined) values.push([name, !field.startsWith('no-')]);
    else
      try {
        values.push([name, read(text)]);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        wrong ??= `option '${flags}' argument '${text}' is invalid. ${error.message}`;
      }
  }
  const options: VerbOptions = Object.fromEntries(values);
  return { options, texts, wrong: wrong ?? whyNotTogether(options) };
}
