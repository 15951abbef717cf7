import type { CookieParts, SessionCookie } from '../http/session-cookie.ts';
import type { SessionVisit, VisitAnswer } from '../http/session-visit.ts';
import type { Session } from '../session/session.ts';
import type { CookieJar } from './cookie-jar.ts';

/** A session whose cookie is in a jar. Both resolve with whether the response depends on the session. */
export interface JarVisit<Data extends object> {
  readonly session: Session<Data>;
  /**
   * Saves what is unsaved and sets the cookie.
   * @throws {SessionError} from the save
   * @throws {TypeError} for a change where cookies are read-only
   */
  finish(status: number): Promise<boolean>;
  /** Sets the cookie only if it would be lost else: nothing is saved any more. */
  giveUp(): boolean;
}

const READ_ONLY =
  'The session was changed where cookies are read-only, as in a Server Component. ' +
  'Change it in a Server Action or a Route Handler.';
/** The cookie says for itself whether it is secure. */
const SECURE_REQUEST = true;

export function jarVisit<Data extends object>(
  jar: CookieJar,
  cookie: SessionCookie,
  { session, ...visit }: SessionVisit<Data>,
): JarVisit<Data> {
  const trySet = ({ value, attributes }: CookieParts): unknown => {
    try {
      jar.set(cookie.name, value, attributes);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const set = (parts: CookieParts): void => {
    const cause = trySet(parts);
    // Where nothing was changed nothing is lost: the next request that may set the cookie does so.
    if (cause !== undefined && session.modified) throw new TypeError(READ_ONLY, { cause });
  };
  /** The cookie as the browser has it. */
  const unchanged = (): CookieParts =>
    session.cookieValue === undefined
      ? cookie.remove(SECURE_REQUEST)
      : cookie.set(session.cookieValue, session.cookieExpiry, SECURE_REQUEST);

  return {
    session,
    finish: async (status) => {
      // A jar does not tell whether it can be written. It has to be known before the session is saved, not after it.
      if (status < 500 && session.unsaved && !session.empty) set(unchanged());
      const answer = await visit.finish(status, SECURE_REQUEST);
      if (answer.cookie !== undefined) set(answer.cookie);
      return answer.isPrivate;
    },
    giveUp: () => {
      const { cookie: parts, isPrivate }: VisitAnswer = visit.giveUp(SECURE_REQUEST);
      if (parts !== undefined) trySet(parts);
      return isPrivate;
    },
  };
}
