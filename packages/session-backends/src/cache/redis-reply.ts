import type { Version } from '../fence/rules.ts';

/*
 * Redis may be something else than it should be, or hold what others have put there: whatever comes back is looked at
 * before it is believed. The errors say nothing of what it was.
 */

export const notUnderstood = (): Error => new Error('Redis answered with something that is no session');

export function readVersion(reply: unknown): Version {
  const version = typeof reply === 'string' && /^\d{1,16}$/.test(reply) ? Number(reply) : Number.NaN;
  if (!Number.isSafeInteger(version)) throw notUnderstood();
  return version;
}

/** Milliseconds since 1970, as a Date. */
export function readTime(reply: unknown): Date {
  const time = new Date(typeof reply === 'string' && /^-?\d{1,16}$/.test(reply) ? Number(reply) : Number.NaN);
  if (Number.isNaN(time.getTime())) throw notUnderstood();
  return time;
}

export function readUser(reply: unknown): string | null {
  if (reply === undefined || reply === null) return null;
  if (typeof reply !== 'string') throw notUnderstood();
  return reply;
}

export function readText(reply: unknown): string {
  if (typeof reply !== 'string') throw notUnderstood();
  return reply;
}
