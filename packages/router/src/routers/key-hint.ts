import type { Hints } from '../router.ts';

/** The value of a hint that is a key; `undefined` where it is missing or no key, as what came of no number is. */
export function keyHint(hints: Hints, name: string): string | undefined {
  const value = hints[name];
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' || Number.isFinite(value) ? String(value) : undefined;
}
