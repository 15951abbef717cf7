import { asFailure, withAnswer } from '../http/answered-response.ts';
import type { SessionCookieOptions } from '../http/session-cookie.ts';
import { cookieOf, openVisit } from '../http/session-visit.ts';
import type { Sessions } from '../session/create-sessions.ts';
import { SessionError } from '../session/session-error.ts';
import type { Session, SessionData } from '../session/session.ts';
import type { CookieJar } from './cookie-jar.ts';
import { jarVisit, type JarVisit } from './jar-visit.ts';
import { isNavigation } from './navigation.ts';

export interface NextSessionsOptions<Data extends object> {
  readonly sessions: Sessions<Data>;
  /**
   * `secure` has to be said: a jar does not know whether the request came over TLS. Not for sessions with a cookie of
   * their own.
   */
  readonly cookie?: SessionCookieOptions & { readonly secure: boolean };
  /** For `handle`: its body and headers are used, the status is the error's. Default is the message as plain text. */
  readonly onError?: (error: SessionError) => Response | Promise<Response>;
}

export interface NextSessions<Data extends object = SessionData> {
  /**
   * For Server Actions and Server Components: runs `fn`, saves the session, sets its cookie, and resolves with what `fn`
   * returned. `redirect()` and its like count as a return; of anything else that `fn` throws, nothing is saved.
   *
   * @throws {SessionError} from the save; the cookie stays
   * @throws {TypeError} for a change in a Server Component: no cookie can be set there
   */
  use<T>(jar: CookieJar | Promise<CookieJar>, fn: (session: Session<Data>) => T | Promise<T>): Promise<T>;
  /**
   * For Route Handlers: as `use`, but a SessionError, from the save or thrown by `fn`, is the response; and the response
   * says that it is private. From status 500 on, nothing is saved.
   */
  handle(
    jar: CookieJar | Promise<CookieJar>,
    fn: (session: Session<Data>) => Response | Promise<Response>,
  ): Promise<Response>;
}

/**
 * Sessions for Next's App Router.
 *
 * @throws {TypeError} for cookie options that no browser would accept, or that do not say whether it is secure
 * @example
 * const { use, handle } = nextSessions({ sessions, cookie: { secure: process.env.NODE_ENV === 'production' } });
 * // in a Server Action
 * await use(cookies(), (session) => session.update((data) => { data.theme = 'dark'; }));
 */
export function nextSessions<Data extends object = SessionData>(
  options: NextSessionsOptions<Data>,
): NextSessions<Data> {
  const { sessions, onError = (error) => error.getResponse() } = options;
  const cookie = cookieOf(sessions, options.cookie);
  if (cookie.secure === 'auto') throw new TypeError('nextSessions: the cookie\'s "secure" has to be true or false');

  const open = async (given: CookieJar | Promise<CookieJar>): Promise<JarVisit<Data>> => {
    const jar = await given;
    return jarVisit(jar, cookie, openVisit(sessions, cookie, cookie.readFrom(jar)));
  };

  return {
    use: async (jar, fn) => {
      const visit = await open(jar);
      try {
        return (await run(visit, fn)).result;
      } catch (error) {
        visit.giveUp();
        throw error;
      }
    },
    handle: async (jar, fn) => {
      const visit = await open(jar);
      try {
        const { result, isPrivate } = await run(visit, fn);
        return withAnswer(result, { setCookie: undefined, isPrivate });
      } catch (error) {
        const isPrivate = visit.giveUp();
        if (!(error instanceof SessionError)) throw error;
        return withAnswer(asFailure(await onError(error), error), { setCookie: undefined, isPrivate });
      }
    },
  };
}

async function run<Data extends object, T>(
  { session, finish }: JarVisit<Data>,
  fn: (session: Session<Data>) => T | Promise<T>,
): Promise<{ readonly result: T; readonly isPrivate: boolean }> {
  try {
    const result = await fn(session);
    return { result, isPrivate: await finish(result instanceof Response ? result.status : 200) };
  } catch (error) {
    if (isNavigation(error)) await finish(303);
    throw error;
  }
}
