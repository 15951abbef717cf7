export { webSessions, type WebSessions } from './web-sessions.ts';
export type { WebErrorHandler, WebSessionsOptions } from './web-visit.ts';
export type { SessionCookieOptions } from '../http/session-cookie.ts';
