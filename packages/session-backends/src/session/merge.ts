import { isPlainObject } from './plain-object.ts';

type Values = Readonly<Record<string, unknown>>;

/** Two requests changed the same value. `undefined` stands for "not there". */
export interface ValueConflict {
  /** Where in the session, from the outside in. */
  readonly path: readonly string[];
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** The value to keep; `undefined` removes it. May throw to refuse. */
export type ConflictResolver = (conflict: ValueConflict) => unknown;

/**
 * What `ours` changed since `base`, put over `theirs`, which somebody else wrote since `base`. Plain objects are merged
 * part by part; any other value that both sides changed, differently, goes to `resolve`.
 */
export function merge(
  base: Values,
  ours: Values,
  theirs: Values,
  resolve: ConflictResolver,
  path: readonly string[] = [],
): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const value = mergeValue(own(base, name), own(ours, name), own(theirs, name), resolve, [...path, name]);
    if (value !== undefined) setOwn(merged, name, value);
  }
  return merged;
}

function mergeValue(
  base: unknown,
  ours: unknown,
  theirs: unknown,
  resolve: ConflictResolver,
  path: readonly string[],
): unknown {
  if (sameJson(ours, base) || sameJson(ours, theirs)) return theirs;
  if (sameJson(theirs, base)) return ours;
  if (isPlainObject(ours) && isPlainObject(theirs))
    return merge(isPlainObject(base) ? base : {}, ours, theirs, resolve, path);
  return resolve({ path, base, ours, theirs });
}

/** Equal as JSON: the order of an object's parts does not count, a part that is `undefined` is not there. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => sameJson(own(a, name), own(b, name)));
}

const own = (values: Values, name: string): unknown => (Object.hasOwn(values, name) ? values[name] : undefined);

/** Assignment would call the setter of `__proto__`. */
function setOwn(values: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(values, name, { value, writable: true, enumerable: true, configurable: true });
}
