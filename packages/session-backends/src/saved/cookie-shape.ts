import { isPlainObject } from '../session/plain-object.ts';
import type { SessionShape } from './session-shape.ts';

/** Sessions with a `cookie` that holds the expiry: express-session's and @fastify/session's. */
export const cookieShape: SessionShape = {
  own: ['cookie'],
  showExpiry: ({ cookie }, expiresAt) => {
    if (isPlainObject(cookie) && typeof cookie['expires'] === 'string') cookie['expires'] = expiresAt.toISOString();
  },
  dropRenewed: ({ cookie }) => {
    if (!isPlainObject(cookie)) return;
    delete cookie['expires'];
    delete cookie['originalExpires'];
    // express-session reckons it anew from the expiry, which is off by a millisecond now and then.
    const { originalMaxAge } = cookie;
    if (typeof originalMaxAge === 'number') cookie['originalMaxAge'] = Math.round(originalMaxAge / 1000);
  },
};

/** When a session ends by its cookie: `expires` may be a Date, its text, null, false or nonsense. */
export function cookieExpiry(session: object): Date | undefined {
  const cookie: unknown = (session as { cookie?: unknown }).cookie;
  const expires: unknown = typeof cookie === 'object' && cookie !== null ? Reflect.get(cookie, 'expires') : undefined;
  return expires instanceof Date || typeof expires === 'string' ? new Date(expires) : undefined;
}
