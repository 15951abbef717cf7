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

/** The stored form of what setExpiry was given. */
export function toExpiry(expiry: number | Date): number | string {
  if (typeof expiry === 'number') {
    if (!Number.isSafeInteger(expiry)) throw new TypeError('setExpiry: whole seconds, a Date, or undefined');
    return expiry;
  }
  if (!(expiry instanceof Date) || Number.isNaN(expiry.getTime()))
    throw new TypeError('setExpiry: whole seconds, a valid Date, or undefined');
  return expiry.toISOString();
}
