import type { Session, Sessions } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import { honoSessions, type SessionEnv } from '@switchyard/session-backends/hono';
import { nextSessions } from '@switchyard/session-backends/next';
import { webSessions } from '@switchyard/session-backends/web';
import express from 'express';
import { Hono } from 'hono';
import supertest from 'supertest';
import { nextCookies } from './next-cookies.ts';

/** What a route does with its session; resolves with the status to answer with. */
export type Act = (session: Session) => Promise<number | void>;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly setCookies: readonly string[];
  header(name: string): string | null;
}

/** One request to a route that does `act`, through one of the adapters. The route's own body is "done". */
export type Adapter = (sessions: Sessions, act: Act) => (cookie: string | undefined) => Promise<Answer>;

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  text: await response.text(),
  setCookies: response.headers.getSetCookie(),
  header: (name) => response.headers.get(name),
});

const requestOf = (cookie: string | undefined): Request =>
  new Request('http://shop.test/', cookie === undefined ? {} : { headers: { cookie } });

export const ADAPTERS: Readonly<Record<'express' | 'web' | 'hono' | 'next', Adapter>> = {
  express: (sessions, act) => {
    const app = express();
    app.use(sessionMiddleware({ sessions }));
    app.get('/', async (req, res) => {
      res.status((await act((req as unknown as { session: Session }).session)) ?? 200).send('done');
    });
    return async (cookie) => {
      const asked = supertest(app).get('/');
      const { status, headers, text } = await (cookie === undefined ? asked : asked.set('Cookie', cookie));
      return {
        status,
        text,
        setCookies: (headers['set-cookie'] as unknown as string[] | undefined) ?? [],
        header: (name) => headers[name.toLowerCase()] ?? null,
      };
    };
  },
  web: (sessions, act) => {
    const { handle } = webSessions({ sessions });
    return async (cookie) =>
      answerOf(
        await handle(
          requestOf(cookie),
          async (session) => new Response('done', { status: (await act(session)) ?? 200 }),
        ),
      );
  },
  hono: (sessions, act) => {
    const app = new Hono<SessionEnv>();
    app.use(honoSessions({ sessions }));
    app.get('/', async (c) => new Response('done', { status: (await act(c.var.session)) ?? 200 }));
    return async (cookie) => answerOf(await app.request(requestOf(cookie)));
  },
  next: (sessions, act) => {
    const { handle } = nextSessions({ sessions, ...(sessions.cookie === undefined && { cookie: { secure: false } }) });
    return async (cookie) => {
      const jar = nextCookies(cookie);
      const response = await handle(
        Promise.resolve(jar),
        async (session) => new Response('done', { status: (await act(session)) ?? 200 }),
      );
      // A cookie that is set to what it was, before a save that then fails, is kept.
      const kept = response.status >= 400 ? `${cookie};` : undefined;
      const setCookies = jar.setCookies().filter((each) => kept === undefined || !each.startsWith(kept));
      return { ...(await answerOf(response)), setCookies };
    };
  },
};
