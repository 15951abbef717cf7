import { isPlainObject } from './plain-object.ts';
import type { SessionCodec } from './session-codec.ts';

/** JSON that comes back as it went in: what JSON would change silently (a Date, NaN, a Map) is refused. */
export const jsonCodec: SessionCodec = {
  encode: (values) => {
    // First: it refuses cycles, so that the check below ends.
    const text = JSON.stringify(values);
    for (const [name, value] of Object.entries(values)) if (value !== undefined) assertJson(value, name);
    return text;
  },
  decode: (text) => {
    const values: unknown = SUSPICIOUS.test(text) ? JSON.parse(text, dropPrototypes) : JSON.parse(text);
    if (!isPlainObject(values)) throw new TypeError('the stored session is not a JSON object');
    return values;
  },
};

/** `__proto__` and `constructor` may also be spelled with \u escapes. */
const SUSPICIOUS = /__proto__|constructor|\\u00/;

function dropPrototypes(name: string, value: unknown): unknown {
  if (name === '__proto__') return undefined;
  return name === 'constructor' && isPlainObject(value) && Object.hasOwn(value, 'prototype') ? undefined : value;
}

function assertJson(value: unknown, name: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) assertJson(item, name);
    return;
  }
  if (!isPlainObject(value)) throw new TypeError(`session value "${name}": ${kindOf(value)} would not survive JSON`);
  for (const part of Object.values(value)) if (part !== undefined) assertJson(part, name);
}

const kindOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `a ${(Object.getPrototypeOf(value) as object).constructor.name}`
    : typeof value === 'number'
      ? 'a number that is not finite'
      : `a value of type ${typeof value}`;
