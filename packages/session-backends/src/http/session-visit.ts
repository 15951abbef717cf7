import type { Sessions } from '../session/create-sessions.ts';
import type { Session } from '../session/session.ts';
import { finishSession, giveUpSession, isUntouched, type FinishedSession } from './finish-session.ts';
import {
  sessionCookie,
  type CookieParts,
  type CookieRead,
  type SessionCookie,
  type SessionCookieOptions,
} from './session-cookie.ts';

/** What a response has to say about its session. */
export interface VisitAnswer {
  /** The cookie to be set; undefined: the browser keeps what it has. */
  readonly cookie: CookieParts | undefined;
  /** The response depends on the session: no shared cache may give it to somebody else. */
  readonly isPrivate: boolean;
}

/** A session during one request, whatever framework the request came through. */
export interface SessionVisit<Data extends object> {
  readonly session: Session<Data>;
  /** There is nothing to save and nothing to say. */
  isUntouched(): boolean;
  /**
   * Saves what is unsaved, unless the response's status is 500 or more. Resolves when it is durable: the response must
   * not start before.
   * @throws {SessionError} from the save; the response then has to say so instead, with what giveUp answers
   */
  finish(status: number, secureRequest: boolean): Promise<VisitAnswer>;
  /** Nothing is saved any more: the cookie stays, unless the session's key was changed, or destroyed, before. */
  giveUp(secureRequest: boolean): VisitAnswer;
}

/**
 * The cookie of these sessions: their own, where it is all that there is of them, or else one of these options.
 * @throws {TypeError} for options that no browser would accept, or that would be in vain
 */
export function cookieOf(
  sessions: Pick<Sessions<object>, 'cookie'>,
  options: SessionCookieOptions | undefined,
): SessionCookie {
  if (sessions.cookie === undefined) return sessionCookie(options);
  if (options !== undefined)
    throw new TypeError('session cookie: these sessions have a cookie of their own; give them its options');
  return sessions.cookie;
}

export function openVisit<Data extends object>(
  sessions: Sessions<Data>,
  cookie: SessionCookie,
  { present: cookiePresent, value }: CookieRead,
): SessionVisit<Data> {
  const session = sessions.open(value);
  const before = { cookiePresent, openedWith: session.cookieValue, saveEveryRequest: sessions.saveEveryRequest };
  const answer = ({ cookie: fate, isPrivate }: FinishedSession, secureRequest: boolean): VisitAnswer => {
    if (fate === 'keep') return { cookie: undefined, isPrivate };
    const parts =
      fate === 'remove'
        ? cookie.remove(secureRequest)
        : cookie.set(session.cookieValue as string, session.cookieExpiry, secureRequest);
    return { cookie: parts, isPrivate };
  };
  return {
    session,
    isUntouched: () => isUntouched(session, before),
    finish: async (status, secureRequest) => answer(await finishSession(session, { ...before, status }), secureRequest),
    giveUp: (secureRequest) => answer(giveUpSession(session, before), secureRequest),
  };
}
