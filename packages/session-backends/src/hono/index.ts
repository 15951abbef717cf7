export { honoSessions, type HonoContextLike, type SessionEnv } from './hono-sessions.ts';
export type { WebErrorHandler, WebSessionsOptions } from '../web/web-visit.ts';
export type { SessionCookieOptions } from '../http/session-cookie.ts';
