import { isPlainObject } from './plain-object.ts';

/** A copy that shares no plain object and no array with the original; what is neither stays what it is. */
export function copyJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyJson) as T;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copyJson(part)])) as T;
}
