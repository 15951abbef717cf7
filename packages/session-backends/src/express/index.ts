export {
  sessionMiddleware,
  type RequestLike,
  type SessionErrorHandler,
  type SessionMiddlewareOptions,
} from './session-middleware.ts';
export type { SessionCookieOptions } from '../http/session-cookie.ts';
