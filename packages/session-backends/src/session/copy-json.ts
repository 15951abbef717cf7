import { isPlainObject } from './plain-object.ts';

/** A copy that shares no plain object and no array with the original; what is neither stays what it is. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  if (!isPlainObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const part = copyJson(value[name]);
    // Assigned, it would become the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { ...OWN, value: part });
    else copy[name] = part;
  }
  return copy as T;
}

const OWN = { configurable: true, enumerable: true, writable: true };
