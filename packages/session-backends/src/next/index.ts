export { nextSessions, type NextSessions, type NextSessionsOptions } from './next-sessions.ts';
export type { CookieJar } from './cookie-jar.ts';
export type { CookieAttributes, SessionCookieOptions } from '../http/session-cookie.ts';
