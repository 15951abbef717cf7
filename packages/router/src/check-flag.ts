import { RouterError } from './router-error.ts';

/** Refuses what is no flag's value: a promise or `'off'` would count as on, nothing would be asked for again. */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  // A rejection that nobody sees would end the process.
  if (value instanceof Promise) value.catch(() => undefined);
  const said = value instanceof Promise ? 'a promise' : typeof value === 'string' ? `'${value}'` : String(value);
  throw new RouterError(
    'INVALID_OPTION',
    `The flag '${name}' is read as ${said}. It has to be true or false, at once: look it up beforehand.`,
  );
}
