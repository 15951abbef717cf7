import { isPlainObject } from '../session/plain-object.ts';

/**
 * When a session ends by its cookie: `expires` as express-session and its kin have it, which may be a Date, its text,
 * null, false or nonsense. Without one that makes sense, `ttlMs` from now.
 */
export function expiryOf(cookie: unknown, ttlMs: number, now: number): Date {
  const given = isObject(cookie) ? cookie['expires'] : undefined;
  const time = given instanceof Date || typeof given === 'string' ? new Date(given).getTime() : Number.NaN;
  return new Date(Number.isNaN(time) ? now + ttlMs : time);
}

/** Puts the row's expiry, which a touch may have moved, where the application looks for it. */
export function showExpiry(session: Record<string, unknown>, expiresAt: Date): void {
  const { cookie } = session;
  if (isPlainObject(cookie) && typeof cookie['expires'] === 'string') cookie['expires'] = expiresAt.toISOString();
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
