import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createSessions, memoryStore, type SessionError } from '@switchyard/session-backends';
import { honoSessions, type SessionEnv, type WebErrorHandler } from '@switchyard/session-backends/hono';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { Hono } from 'hono';
import { cors } from 'hono/cors';

interface Data {
  name: string;
  count: number;
}

function shop(onError?: WebErrorHandler) {
  const store = new FaultyStore(memoryStore());
  const sessions = createSessions<Data>({ store });
  const app = new Hono<SessionEnv<Data>>();
  app.use(cors({ origin: 'http://other.test', credentials: true }));
  app.use(async (c, next) => {
    c.header('X-Before', '1');
    await next();
    c.header('X-After', '1');
  });
  app.use(honoSessions({ sessions, ...(onError && { onError }) }));
  const key = async (): Promise<string> => {
    const session = sessions.open();
    await session.update(() => ({ name: 'Ann' }));
    return `sessionid=${session.sessionKey}`;
  };
  return { app, sessions, store, key };
}

const withCookie = (cookie: string): RequestInit => ({ headers: { cookie, origin: 'http://other.test' } });

describe('the session of a hono app', () => {
  it('is typed, and saved before the response', async () => {
    const { app, key, store } = shop();
    app.get('/', async (c) => {
      const name: string | undefined = await c.get('session').get('name');
      await c.var.session.set('count', 2);
      // @ts-expect-error it is a number
      await c.var.session.setDefault('count', 'two');
      store.fault = 'slow';
      return c.text(name ?? '', 200, { 'Set-Cookie': 'own=1', Vary: 'Accept' });
    });
    const cookie = await key();
    let answered = false;
    const answer = Promise.resolve(app.request('/', withCookie(cookie))).finally(() => (answered = true));
    await store.holding();
    expect(answered).toBe(false);
    store.release();
    const response = await answer;
    expect(await response.text()).toBe('Ann');
    expect(response.headers.getSetCookie()).toEqual(['own=1', expect.stringContaining(`${cookie}; Max-Age`)]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      // hono's cors() adds its own name to whatever is there.
      vary: expect.stringMatching(/Accept.*Cookie/),
      'cache-control': 'private',
      'x-before': '1',
      'x-after': '1',
      'access-control-allow-origin': 'http://other.test',
    });
  });

  it('is left alone by a route that does not touch it', async () => {
    const { app, key, store } = shop();
    app.get('/', (c) => c.text('x'));
    const cookie = await key();
    const { load, apply } = store.calls;
    const response = await app.request('/', withCookie(cookie));
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('Cache-Control')).toBeNull();
    expect(store.calls).toEqual({ load, apply });
  });

  it('goes out with responses of every kind, over the network too', async () => {
    const { app, key } = shop();
    app.use(async (c, next) => {
      await c.var.session.set('count', 1);
      await next();
    });
    app.get('/redirect', () => Response.redirect('http://shop.test/basket', 302));
    app.get('/c-redirect', (c) => c.redirect('/basket'));
    app.get('/json', (c) => c.json({ a: 1 }));
    app.get('/stream', () => new Response(new Blob(['a', 'b']).stream()));
    const server = createAdaptorServer({ fetch: app.fetch });
    server.listen(0);
    await once(server, 'listening');
    const cookie = await key();
    const ask = (path: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
        ...withCookie(cookie),
        redirect: 'manual',
      });
    for (const [path, status, text] of [
      ['/redirect', 302, ''],
      ['/c-redirect', 302, ''],
      ['/json', 200, '{"a":1}'],
      ['/stream', 200, 'ab'],
      ['/missing', 404, '404 Not Found'],
    ] as const) {
      const response = await ask(path);
      expect([path, response.status, await response.text()]).toEqual([path, status, text]);
      expect(response.headers.getSetCookie()).toEqual([expect.stringContaining(cookie)]);
    }
    await new Promise((resolve) => server.close(resolve));
  });

  it('that cannot be saved replaces the response, and keeps what was set before and around it', async () => {
    const { app, store, key } = shop(
      (error) => new Response(`sorry: ${error.message}`, { headers: { 'X-Page': '1' } }),
    );
    app.get('/', async (c) => {
      await c.var.session.set('count', 1);
      store.fault = 'down';
      c.header('X-App', '1');
      return c.text('private', 201, { 'Set-Cookie': 'own=1' });
    });
    const response = await app.request('/', withCookie(await key()));
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/^sorry: The session store/);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('X-App')).toBeNull();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'retry-after': '2',
      'cache-control': 'no-store',
      'x-before': '1',
      'x-after': '1',
      'x-page': '1',
      'access-control-allow-origin': 'http://other.test',
    });
  });

  it('that cannot be loaded is for app.onError to answer, if there is one', async () => {
    const { app, store, key } = shop();
    app.get('/', async (c) => c.text((await c.var.session.get('name')) ?? ''));
    app.onError((error, c) => c.text(`mine: ${(error as SessionError).code}`, 500));
    const cookie = await key();
    store.fault = 'down';
    const response = await app.request('/', withCookie(cookie));
    expect([response.status, await response.text()]).toEqual([500, 'mine: SESSION_UNAVAILABLE']);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('with a value that would not survive JSON is an error of the application', async () => {
    const { app, key } = shop();
    const seen: unknown[] = [];
    app.get('/', async (c) => {
      await c.var.session.set('name', new Map() as never);
      return c.text('private');
    });
    app.onError((error, c) => {
      seen.push(error);
      return c.text('mine', 500);
    });
    const response = await app.request('/', withCookie(await key()));
    expect([response.status, await response.text()]).toEqual([500, 'mine']);
    expect(seen).toEqual([expect.any(TypeError)]);
  });
});
