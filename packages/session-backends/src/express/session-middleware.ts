import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { addVary, makePrivate } from '../http/response-headers.ts';
import type { SessionCookie, SessionCookieOptions } from '../http/session-cookie.ts';
import { cookieOf, openVisit, type VisitAnswer } from '../http/session-visit.ts';
import type { Sessions } from '../session/create-sessions.ts';
import { SessionError } from '../session/session-error.ts';
import type { Session, SessionData } from '../session/session.ts';
import { holdResponse } from './hold-response.ts';

/**
 * What is used of a request: node's own, with what express adds to it. Its `session` is not named here: the types of
 * express-session, where they are installed, say of every request that it is theirs.
 */
export interface RequestLike extends IncomingMessage {
  /** Express: TLS, as far as "trust proxy" lets it know. */
  readonly secure?: boolean;
}

/**
 * Answers instead of the application when the session could not be saved. Status and Retry-After are set already;
 * nothing of the application's own response is left.
 */
export type SessionErrorHandler<Req, Res> = (error: SessionError, req: Req, res: Res) => void | Promise<void>;

export interface SessionMiddlewareOptions<Data extends object, Req, Res> {
  readonly sessions: Sessions<Data>;
  /** Not for sessions that have a cookie of their own. */
  readonly cookie?: SessionCookieOptions;
  /** Default is the error's message as plain text. */
  readonly onError?: SessionErrorHandler<Req, Res>;
}

/**
 * Gives each request its session, as `req.session`, and saves it before anything of the response is sent: whoever follows a redirect sees
 * what was saved before it.
 *
 * A response that was begun without touching the session goes out as it is; what is changed after that needs a
 * `session.save()` of its own and cannot set a cookie any more.
 *
 * What is no SessionError, such as a value that would not survive JSON, goes to `next`.
 *
 * @throws {TypeError} for cookie options that no browser would accept
 */
export function sessionMiddleware<
  Data extends object = SessionData,
  Req extends RequestLike = RequestLike,
  Res extends ServerResponse = ServerResponse,
>({ sessions, cookie: cookieOptions, onError = answerPlainly }: SessionMiddlewareOptions<Data, Req, Res>) {
  const cookie = cookieOf(sessions, cookieOptions);
  return (req: Req, res: Res, next: (error?: unknown) => void): void => {
    const visit = openVisit(sessions, cookie, cookie.read(req.headers.cookie));
    (req as { session?: Session<Data> }).session = visit.session;
    const untouchedHeaders = { ...res.getHeaders() };

    holdResponse(res, {
      mayPass: visit.isUntouched,
      beforeSending: async (status) => {
        writeHeaders(res, cookie, await visit.finish(status, isSecure(req)));
      },
      instead: (error) => {
        resetHeaders(res, untouchedHeaders);
        res.setHeader('Cache-Control', 'no-store');
        writeHeaders(res, cookie, visit.giveUp(isSecure(req)));
        if (!(error instanceof SessionError)) {
          res.statusCode = 500;
          return next(error);
        }
        res.statusCode = error.status;
        for (const [name, text] of Object.entries(error.headers)) res.setHeader(name, text);
        return onError(error, req, res);
      },
    });
    next();
  };
}

const isSecure = (req: Pick<RequestLike, 'secure' | 'socket'>): boolean =>
  req.secure ?? (req.socket as { encrypted?: boolean }).encrypted === true;

function writeHeaders(res: ServerResponse, cookie: SessionCookie, answer: VisitAnswer): void {
  if (answer.cookie !== undefined) res.appendHeader('Set-Cookie', cookie.format(answer.cookie));
  if (!answer.isPrivate) return;
  res.setHeader('Vary', addVary(res.getHeader('Vary')?.toString(), 'Cookie'));
  res.setHeader('Cache-Control', makePrivate(res.getHeader('Cache-Control')?.toString()));
}

function resetHeaders(res: ServerResponse, headers: OutgoingHttpHeaders): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value);
}

function answerPlainly(error: SessionError, _req: unknown, res: ServerResponse): void {
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end(`${error.message}\n`);
}
