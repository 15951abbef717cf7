import { isPlainObject } from './plain-object.ts';
import type { SessionCodec } from './session-codec.ts';

/**
 * JSON that comes back as it went in: what JSON would change silently (a Date, NaN, a Map) is refused, and so is reading
 * what JavaScript would change silently (another program's integer beyond 2^53: somebody else's id, after rounding).
 */
export const jsonCodec: SessionCodec = {
  encode: (values) => {
    // First: it refuses cycles, so that the check below ends.
    const text = JSON.stringify(values);
    for (const name of Object.keys(values)) assertPart(name, values[name], name);
    return text;
  },
  decode: (text) => {
    const values: unknown = isSuspicious(text) ? parseWarily(text) : JSON.parse(text);
    if (!isPlainObject(values)) throw new TypeError('the stored session is not a JSON object');
    return values;
  },
};

/** `__proto__` and `constructor` may also be spelled with \u escapes. */
const SUSPICIOUS = ['__proto__', 'constructor', '\\u00'];

/** Looked for one by one, which takes half the time of one expression for all. */
const isSuspicious = (text: string): boolean => SUSPICIOUS.some((part) => text.includes(part)) || hasManyDigits(text);

const MANY = 16;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Whether so many digits are in a row. One of them is at a multiple of that, so that the others need not be looked at. */
function hasManyDigits(text: string): boolean {
  for (let at = MANY - 1; at < text.length; at += MANY) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let from = at;
    while (from > 0 && isDigit(text.charCodeAt(from - 1))) from--;
    let to = at + 1;
    while (to < text.length && isDigit(text.charCodeAt(to))) to++;
    if (to - from >= MANY) return true;
  }
  return false;
}

/** Strings, to pass over what is in them, and integers of so many digits that a double may not hold them. */
const LONG_INTEGERS = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

function parseWarily(text: string): unknown {
  const values: unknown = JSON.parse(text, dropPrototypes);
  for (const [token] of text.matchAll(LONG_INTEGERS))
    if (!token.startsWith('"') && String(Number(token)) !== token)
      throw new TypeError('an integer of the stored session is larger than JavaScript can hold exactly');
  return values;
}

const isPrototype = (name: string, value: unknown): boolean =>
  name === '__proto__' || (name === 'constructor' && isPlainObject(value) && Object.hasOwn(value, 'prototype'));

const dropPrototypes = (name: string, value: unknown): unknown => (isPrototype(name, value) ? undefined : value);

/** `name` is that of the session value that it belongs to. */
function assertPart(part: string, value: unknown, name: string): void {
  if (isPrototype(part, value)) throw new TypeError(`session value "${name}": "${part}" is not free for its parts`);
  if (value !== undefined) assertJson(value, name);
}

function assertJson(value: unknown, name: string): void {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const item of value) assertJson(item, name);
    return;
  }
  if (!isPlainObject(value)) throw new TypeError(`session value "${name}": ${kindOf(value)} would not survive JSON`);
  // Pairs would be an array for each part.
  for (const part of Object.keys(value)) assertPart(part, value[part], name);
}

const kindOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `a ${(Object.getPrototypeOf(value) as object).constructor.name}`
    : typeof value === 'number'
      ? 'a number that is not finite'
      : `a value of type ${typeof value}`;
