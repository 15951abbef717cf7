import { SessionError } from '../session/session-error.ts';
import type { Session, SessionData } from '../session/session.ts';
import { webVisits, type WebSessionsOptions } from './web-visit.ts';

export interface WebSessions<Data extends object = SessionData> {
  /**
   * Answers a request with its session at hand. The session is saved before the response is handed out: whoever follows
   * a redirect sees what was saved before it. From status 500 on, nothing is saved.
   *
   * A SessionError, from the save or thrown by the handler, is the response then: its status, and the cookie stays.
   * Whatever else the handler throws is thrown on, and nothing is saved.
   *
   * A body that is streamed begins after the save; what its stream changes needs a `session.save()` of its own and
   * cannot set a cookie any more.
   */
  handle(request: Request, handler: (session: Session<Data>) => Response | Promise<Response>): Promise<Response>;
}

/**
 * Sessions for everything that answers a Request with a Response.
 *
 * @throws {TypeError} for cookie options that no browser would accept
 * @example
 * const { handle } = webSessions({ sessions });
 * export default { fetch: (request) => handle(request, async (session) => new Response(await session.get('name'))) };
 */
export function webSessions<Data extends object = SessionData>(options: WebSessionsOptions<Data>): WebSessions<Data> {
  const visits = webVisits(options);
  return {
    handle: async (request, handler) => {
      const visit = visits(request);
      try {
        return await visit.finish(await handler(visit.session));
      } catch (error) {
        if (error instanceof SessionError) return visit.fail(error);
        throw error;
      }
    },
  };
}
