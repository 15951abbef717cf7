import { SessionError } from '../session/session-error.ts';
import type { Session, SessionData } from '../session/session.ts';
import { webVisits, type WebSessionsOptions } from '../web/web-visit.ts';

/** For `new Hono<SessionEnv<Data>>()`: `c.var.session` and `c.get('session')` are typed then. */
export interface SessionEnv<Data extends object = SessionData> {
  Variables: { session: Session<Data> };
}

/** What is used of hono's Context. */
export interface HonoContextLike<Data extends object> {
  readonly req: { readonly raw: Request };
  get res(): Response;
  set res(response: Response | undefined);
  set(key: 'session', session: Session<Data>): void;
  newResponse(body: null): Response;
}

/**
 * Gives each request its session as `c.var.session`, and saves it before the response is handed out. From status 500 on,
 * nothing is saved.
 *
 * A SessionError from the save is the response then: its status, and the cookie stays. One that a handler throws goes to
 * `app.onError`, as all that is thrown; hono's own answers it with its status.
 *
 * @throws {TypeError} for cookie options that no browser would accept
 * @example
 * const app = new Hono<SessionEnv<{ name: string }>>();
 * app.use(honoSessions({ sessions }));
 * app.get('/', async (c) => c.text((await c.var.session.get('name')) ?? ''));
 */
export function honoSessions<Data extends object = SessionData>(options: WebSessionsOptions<Data>) {
  const visits = webVisits(options);
  return async (c: HonoContextLike<Data>, next: () => Promise<void>): Promise<void> => {
    const visit = visits(c.req.raw);
    // Reading `c.res` would change how hono merges the cookies of the response to come.
    const { headers } = c.newResponse(null);
    c.set('session', visit.session);
    await next();
    const response = await visit.finish(c.res).catch((error: unknown) => {
      if (error instanceof SessionError) return visit.fail(error, headers);
      throw error;
    });
    if (response === c.res) return;
    // Assigned over another response it would be merged with it.
    c.res = undefined;
    c.res = response;
  };
}
