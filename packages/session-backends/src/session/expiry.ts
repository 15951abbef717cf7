import type { SessionMeta } from './session-document.ts';

/** Seconds left at `now`, floored toward −∞; of a session that lasts until the browser closes: the default age. */
export function expiryAge(meta: SessionMeta, defaultTtlMs: number, now: number): number {
  if (typeof meta.expiry === 'string') return Math.floor((Date.parse(meta.expiry) - now) / 1000);
  return meta.expiry ? meta.expiry : Math.floor(defaultTtlMs / 1000);
}

/** When a session that is saved at `now` ends. */
export function expiryDate(meta: SessionMeta, defaultTtlMs: number, now: number): Date {
  if (typeof meta.expiry === 'string') return new Date(meta.expiry);
  return new Date(now + (meta.expiry ? meta.expiry * 1000 : defaultTtlMs));
}

/** No cookie can tell a later time. */
const LATEST_MS = Date.UTC(9999, 11, 31);
/** A thousand years. */
const MOST_SECONDS = 31_556_952_000;

/**
 * The stored form of what setExpiry was given.
 * @throws {TypeError} for what is no time, and for times that a cookie or a database could not hold
 */
export function toExpiry(expiry: number | Date): number | string {
  if (typeof expiry === 'number') {
    if (!Number.isSafeInteger(expiry) || Math.abs(expiry) > MOST_SECONDS)
      throw new TypeError('setExpiry: whole seconds, at most a thousand years of them, a Date, or undefined');
    return expiry;
  }
  const ms = expiry instanceof Date ? expiry.getTime() : Number.NaN;
  if (!(ms >= 0 && ms <= LATEST_MS))
    throw new TypeError('setExpiry: whole seconds, a Date of the years 1970 to 9999, or undefined');
  return expiry.toISOString();
}
