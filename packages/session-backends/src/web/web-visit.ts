import { asFailure, withAnswer } from '../http/answered-response.ts';
import type { SessionCookieOptions } from '../http/session-cookie.ts';
import { cookieOf, openVisit, type VisitAnswer } from '../http/session-visit.ts';
import type { Sessions } from '../session/create-sessions.ts';
import type { SessionError } from '../session/session-error.ts';
import type { Session } from '../session/session.ts';

/**
 * The page to show for an error of the session. Its body and headers are used; the status is the error's, and
 * Retry-After and Cache-Control are set.
 */
export type WebErrorHandler = (error: SessionError, request: Request) => Response | Promise<Response>;

export interface WebSessionsOptions<Data extends object> {
  readonly sessions: Sessions<Data>;
  /** `secure: 'auto'` goes by the request's URL: behind a proxy say true. Not for sessions with a cookie of their own. */
  readonly cookie?: SessionCookieOptions;
  /** Default is the error's message as plain text. */
  readonly onError?: WebErrorHandler;
}

/** A session during one Request. */
export interface WebVisit<Data extends object> {
  readonly session: Session<Data>;
  /**
   * Saves the session and resolves with the response to send: the given one, or a copy that says what there is to say.
   * @throws {SessionError} from the save
   */
  finish(response: Response): Promise<Response>;
  /** The response to send instead. `headers`: what it has to have beside its own. */
  fail(error: SessionError, headers?: Headers): Promise<Response>;
}

/** What the adapters for Request and Response have in common. */
export function webVisits<Data extends object>(
  options: WebSessionsOptions<Data>,
): (request: Request) => WebVisit<Data> {
  const { sessions, onError = answerPlainly } = options;
  const cookie = cookieOf(sessions, options.cookie);
  const answered = (response: Response, { cookie: parts, isPrivate }: VisitAnswer): Response =>
    withAnswer(response, { setCookie: parts && cookie.format(parts), isPrivate });
  return (request) => {
    const secure = request.url.startsWith('https:');
    const visit = openVisit(sessions, cookie, cookie.read(request.headers.get('cookie') ?? undefined));
    return {
      session: visit.session,
      finish: async (response) => answered(response, await visit.finish(response.status, secure)),
      fail: async (error, headers) =>
        answered(asFailure(await onError(error, request), error, headers), visit.giveUp(secure)),
    };
  };
}

const answerPlainly = (error: SessionError): Response => error.getResponse();
