import type { Hints } from '../router.ts';

/** The value of a hint that is a key; `undefined` where it is missing or no key. */
export function keyHint(hints: Hints, name: string): string | undefined {
  const value = hints[name];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
