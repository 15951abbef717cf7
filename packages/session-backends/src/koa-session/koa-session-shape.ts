import type { SessionShape } from '../saved/session-shape.ts';

/** koa-session lets the row live this much longer than the cookie. */
const LONGER_MS = 10_000;

/** Sessions that say themselves when they end: koa-session's. */
export const koaSessionShape: SessionShape = {
  own: ['_expire', '_maxAge', '_session'],
  showExpiry: (session, expiresAt) => {
    if (typeof session['_expire'] === 'number') session['_expire'] = expiresAt.getTime() - LONGER_MS;
  },
  dropRenewed: (session) => {
    delete session['_expire'];
  },
};
