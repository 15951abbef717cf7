import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import {
  createSessions,
  memoryStore,
  type Session,
  type SessionsOptions,
  type SessionStore,
} from '@switchyard/session-backends';
import { sessionMiddleware, type SessionMiddlewareOptions } from '@switchyard/session-backends/express';
import express from 'express';
import supertest from 'supertest';

type Handler = (session: Session, req: express.Request, res: express.Response) => unknown;
type Settings = Partial<SessionsOptions> &
  Partial<SessionMiddlewareOptions<Record<string, unknown>, express.Request, express.Response>>;

interface Gate {
  load?: 'unavailable';
  apply?: 'unavailable' | 'gone';
  /** Operations wait here. */
  held?: Promise<unknown>;
}

function shop(routes: Record<string, Handler>, { cookie, onError, ...options }: Settings = {}) {
  const memory = memoryStore();
  const gate: Gate = {};
  const log: string[] = [];
  const store: SessionStore = {
    load: async (keys) => {
      log.push('load');
      return gate.load ? keys.map(() => ({ status: 'unavailable', cause: 'test' })) : memory.load(keys);
    },
    apply: async (operations) => {
      log.push(...operations.map(({ kind }) => kind));
      await gate.held;
      if (gate.apply === 'gone') return operations.map(() => ({ status: 'gone' }));
      if (gate.apply) return operations.map(() => ({ status: 'unavailable', cause: 'test', outcome: 'none' }));
      return memory.apply(operations);
    },
  };
  const sessions = createSessions({ store, ...options });
  const app = express();
  app.use((_req, res, next) => {
    res.setHeader('X-Before', '1');
    next();
  });
  app.use(sessionMiddleware({ sessions, ...(cookie && { cookie }), ...(onError && { onError }) }));
  for (const [path, handler] of Object.entries(routes))
    app.all(path, async (req, res) => {
      await handler((req as unknown as { session: Session }).session, req, res);
    });
  const key = async (values: Record<string, unknown> = { a: 1 }): Promise<string> => {
    const session = sessions.open();
    await session.update(() => values);
    log.length = 0;
    return `sessionid=${session.sessionKey}`;
  };
  return { app, agent: supertest(app), sessions, memory, gate, log, key };
}

const setCookies = (response: { headers: Record<string, unknown> }): string[] =>
  (response.headers['set-cookie'] as string[] | undefined) ?? [];

const add: Handler = async (session, _req, res) => {
  await session.set('a', 2);
  res.send('added');
};
const show: Handler = async (session, _req, res) => res.json(await session.entries());

describe('the cookie', () => {
  it('is set when a session is saved, and found again', async () => {
    const { agent } = shop({ '/add': add, '/show': show });
    const added = await agent.get('/add').expect(200, 'added');
    expect(setCookies(added)).toEqual([
      expect.stringMatching(
        /^sessionid=[a-z0-9]{32}; Max-Age=1209600; Expires=\w{3}, .* GMT; Path=\/; HttpOnly; SameSite=Lax$/,
      ),
    ]);
    expect(added.headers).toMatchObject({ vary: 'Cookie', 'cache-control': 'private' });
    const cookie = setCookies(added)[0]?.split(';')[0] as string;
    const shown = await agent
      .get('/show')
      .set('Cookie', cookie)
      .expect(200, [['a', 2]]);
    expect(setCookies(shown)).toEqual([]);
    expect(shown.headers).toMatchObject({ vary: 'Cookie', 'cache-control': 'private' });
  });

  it('and the store are left alone by a request that does not touch its session', async () => {
    const { agent, log, key } = shop({ '/static': (_session, _req, res) => res.send('x') });
    const response = await agent.get('/static').set('Cookie', await key());
    expect(setCookies(response)).toEqual([]);
    expect(response.headers).not.toHaveProperty('vary');
    expect(log).toEqual([]);
  });

  it('is not set, and nothing is written, for a visitor whose session stays empty', async () => {
    const { agent, log } = shop({ '/show': show });
    const response = await agent.get('/show').expect(200, []);
    expect(setCookies(response)).toEqual([]);
    expect(log).toEqual([]);
  });

  it.each([
    ['unknown', `sessionid=${'a'.repeat(32)}`],
    ['malformed', 'sessionid=<script>'],
  ])('is removed when it is %s, and nothing is written', async (_name, cookie) => {
    const { agent, log } = shop(
      { '/show': show },
      { cookie: { domain: 'example.com', path: '/shop', sameSite: 'strict' } },
    );
    const response = await agent.get('/show').set('Cookie', cookie).expect(200, []);
    expect(setCookies(response)).toEqual([
      'sessionid=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=example.com; Path=/shop; HttpOnly; SameSite=Strict',
    ]);
    expect(response.headers['vary']).toBe('Cookie');
    expect(log.filter((entry) => entry !== 'load')).toEqual([]);
  });

  it('is removed after a logout, even when the answer is an error', async () => {
    const { agent, key } = shop({
      '/logout': async (session, _req, res) => {
        await session.logout();
        res.status(500).send('sorry');
      },
    });
    const response = await agent
      .post('/logout')
      .set('Cookie', await key())
      .expect(500);
    expect(setCookies(response)).toEqual([expect.stringContaining('Max-Age=0')]);
  });

  it('is not set, and nothing is saved, when the answer is 500', async () => {
    const { agent, log, key } = shop({
      '/fail': async (session) => {
        await session.set('a', 3);
        throw new Error('bug');
      },
    });
    const response = await agent
      .get('/fail')
      .set('Cookie', await key())
      .expect(500);
    expect(setCookies(response)).toEqual([]);
    expect(log).toEqual(['load']);
  });

  it('follows a login even when the answer is 500: the old key is dead', async () => {
    const { agent, key, sessions } = shop({
      '/login': async (session, _req, res) => {
        await session.login('u');
        res.status(500).send('sorry');
      },
    });
    const response = await agent
      .post('/login')
      .set('Cookie', await key())
      .expect(500);
    const fresh = /sessionid=(\w+)/.exec(setCookies(response)[0] ?? '')?.[1];
    expect(await sessions.open(fresh).getUserId()).toBe('u');
  });

  it('lasts as long as the browser where the session says so', async () => {
    const { agent } = shop({
      '/add': async (session, _req, res) => {
        await session.set('a', 1);
        await session.setExpiry(0);
        res.end();
      },
    });
    expect(setCookies(await agent.get('/add'))[0]).toMatch(/^sessionid=\w+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('is renewed at every request with saveEveryRequest, without writing data', async () => {
    const { agent, log, key } = shop(
      { '/static': (_s, _req, res) => res.send('x') },
      { saveEveryRequest: true, touchAfterMs: 0 },
    );
    const cookie = await key();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const response = await agent.get('/static').set('Cookie', cookie);
    expect(setCookies(response)[0]).toContain(`${cookie}; Max-Age=1209600`);
    expect(log).toEqual(['load', 'touch']);
    log.length = 0;
    const unknown = await agent.get('/static').set('Cookie', `sessionid=${'b'.repeat(32)}`);
    expect(setCookies(unknown)[0]).toContain('Max-Age=0');
    expect(log).toEqual(['load']);
  });

  it('can be signed; each of the secrets verifies, the first signs', async () => {
    const [old, fresh] = ['a'.repeat(16), 'b'.repeat(16)];
    const first = shop({ '/add': add }, { cookie: { secrets: [old] } });
    const cookie = setCookies(await first.agent.get('/add'))[0]?.split(';')[0] as string;
    const accepted = async (secrets: string[], value: string): Promise<boolean> => {
      const { app } = shop({}, { cookie: { secrets }, store: first.memory });
      app.get('/key', (req, res) => void res.send((req as unknown as { session: Session }).session.sessionKey ?? ''));
      return (await supertest(app).get('/key').set('Cookie', value)).text !== '';
    };
    expect(await accepted([fresh, old], cookie)).toBe(true);
    expect(await accepted([fresh], cookie)).toBe(false);
    expect(
      await accepted(
        [old],
        cookie.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
      ),
    ).toBe(false);
    expect(await accepted([old], cookie.split('.')[0] as string)).toBe(false);
  });
});

describe('the response', () => {
  it('does not start before the session is saved', async () => {
    const { app, gate, key } = shop({
      '/redirect': async (session, _req, res) => {
        await session.set('a', 5);
        res.redirect('/elsewhere');
      },
    });
    let release = (): void => undefined;
    const cookie = await key();
    gate.held = new Promise<void>((resolve) => (release = resolve));
    const server = createServer(app).listen(0);
    const asked = request({
      port: (server.address() as AddressInfo).port,
      path: '/redirect',
      headers: { cookie },
    }).end();
    let answered = false;
    const answer = once(asked, 'response').then(([response]) => {
      answered = true;
      return response as IncomingMessage;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    release();
    expect((await answer).statusCode).toBe(302);
    server.close();
  });

  const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  const ways: [string, (res: express.Response) => void][] = [
    ['one end', (res) => void res.end(body)],
    [
      'write and end',
      (res) => {
        res.write(body.subarray(0, 1000));
        res.write(body.subarray(1000));
        res.end();
      },
    ],
    [
      'an explicit head',
      (res) => {
        res.writeHead(200, { 'X-Late': 'yes', 'Set-Cookie': 'own=1', Vary: 'Accept' });
        res.end(body);
      },
    ],
    [
      'an explicit head in a list',
      (res) => {
        res.writeHead(200, 'Fine', ['X-Late', 'yes', 'Set-Cookie', 'own=1', 'Vary', 'Accept'] as never);
        res.end(body);
      },
    ],
    [
      'flushed headers',
      (res) => {
        res.flushHeaders();
        setTimeout(() => res.end(body), 10);
      },
    ],
    ['a pipe', (res) => void Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]).pipe(res)],
    [
      'a slow pipe',
      (res) => {
        const through = new PassThrough({ highWaterMark: 10 });
        through.pipe(res);
        through.end(body);
      },
    ],
    ['send', (res) => void res.send(body)],
  ];
  it.each(ways)('arrives whole, with its cookie, through %s', async (_name, answer) => {
    const { agent, log, key } = shop({
      '/all': async (session, _req, res) => {
        await session.set('a', 9);
        answer(res);
      },
    });
    const response = await agent
      .get('/all')
      .set('Cookie', await key())
      .buffer(true)
      .parse(binary)
      .expect(200);
    expect(Buffer.compare(response.body as Buffer, body)).toBe(0);
    expect(setCookies(response).filter((cookie) => cookie.startsWith('sessionid='))).toHaveLength(1);
    expect(log).toEqual(['load', 'update']);
    if (response.headers['x-late']) {
      expect(setCookies(response)).toContain('own=1');
      expect(response.headers['vary']).toBe('Accept, Cookie');
    }
  });

  it('to HEAD has the same headers and no body', async () => {
    const { agent, key } = shop({ '/add': add });
    const cookie = await key();
    const head = await agent.head('/add').set('Cookie', cookie).expect(200);
    expect(head.headers['content-length']).toBe('5');
    expect(setCookies(head)).toHaveLength(1);
  });

  it('is said to be sent as soon as it is written', async () => {
    const seen: unknown[] = [];
    const { agent, key } = shop({
      '/add': async (session, _req, res) => {
        await session.set('a', 1);
        seen.push(res.headersSent, res.writableEnded);
        res.send('x');
        seen.push(res.headersSent, res.writableEnded);
        expect(() => res.writeHead(200)).toThrow();
        res.end('twice');
      },
    });
    await agent
      .get('/add')
      .set('Cookie', await key())
      .expect(200, 'x');
    expect(seen).toEqual([false, false, true, true]);
  });

  it('keeps a stricter Cache-Control and loses a looser one', async () => {
    const { agent, key } = shop({
      '/:control': async (session, req, res) => {
        await session.get('a');
        res.set('Cache-Control', decodeURIComponent(String(req.params['control']))).end();
      },
    });
    const cookie = await key();
    const control = async (given: string): Promise<string> =>
      (await agent.get(`/${encodeURIComponent(given)}`).set('Cookie', cookie)).headers['cache-control'] as string;
    expect(await control('no-store')).toBe('no-store');
    expect(await control('public, max-age=60, s-maxage=9')).toBe('private, max-age=60');
    expect(await control('private, max-age=5')).toBe('private, max-age=5');
  });
});

describe('when the session cannot be saved', () => {
  const routes: Record<string, Handler> = {
    '/add': async (session, _req, res) => {
      await session.set('a', 2);
      res.set({ 'X-App': '1', Location: '/next', 'Content-Length': '7' }).status(302);
      res.end('private');
    },
  };

  it.each([
    ['gone', 400, undefined],
    ['unavailable', 503, '2'],
  ] as const)(
    'because it is %s the answer is %i, the cookie stays, and nothing of the page is sent',
    async (apply, status, retry) => {
      const { agent, gate, key } = shop(routes);
      const cookie = await key();
      gate.apply = apply;
      const response = await agent.get('/add').set('Cookie', cookie).expect(status);
      expect(setCookies(response)).toEqual([]);
      expect(response.headers['retry-after']).toBe(retry);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(response.headers).toMatchObject({ 'x-before': '1' });
      expect(response.headers).not.toHaveProperty('x-app');
      expect(response.headers).not.toHaveProperty('location');
      expect(response.text).not.toContain('private');
    },
  );

  it('the application may answer with a page of its own', async () => {
    const { agent, gate, key } = shop(routes, {
      onError: (error, _req, res) => void res.type('html').send(`<p>${error.message}`),
    });
    const cookie = await key();
    gate.apply = 'unavailable';
    const response = await agent.get('/add').set('Cookie', cookie).expect(503);
    expect(response.text).toMatch(/^<p>The session store did not answer/);
  });

  it('because of a value that would not survive JSON, that is for the application’s own error handler', async () => {
    const { app, agent, log, key } = shop({
      '/add': async (session, _req, res) => {
        await session.set('a', new Date(0));
        res.set('X-App', '1').status(302).send('private');
      },
    });
    const seen: unknown[] = [];
    app.use((error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      seen.push(error);
      res.send(`sorry ${res.statusCode}`);
    });
    const response = await agent
      .get('/add')
      .set('Cookie', await key())
      .expect(500, 'sorry 500');
    expect(seen).toEqual([expect.any(TypeError)]);
    expect(response.headers).not.toHaveProperty('x-app');
    expect(setCookies(response)).toEqual([]);
    expect(log).toEqual(['load']);
  });

  it('an application that does not catch a failed load answers 503 and keeps the cookie', async () => {
    const { agent, gate, key } = shop({ '/show': show });
    const cookie = await key();
    gate.load = 'unavailable';
    const response = await agent.get('/show').set('Cookie', cookie).expect(503);
    expect(response.headers['retry-after']).toBe('2');
    expect(setCookies(response)).toEqual([]);
  });
});

describe('cookie options', () => {
  it.each([
    [{ name: 'a b' }, 'name'],
    [{ name: '__Host-s' }, 'secure'],
    [{ name: '__Host-s', secure: true, domain: 'example.com' }, 'domain'],
    [{ path: 'x' }, 'path'],
    [{ domain: 'a;b' }, 'domain'],
    [{ sameSite: 'none', secure: false }, 'secure'],
    [{ sameSite: 'Lax' }, 'sameSite'],
    [{ secrets: ['short'] }, 'secrets'],
  ])('%j are refused', (cookie, what) => {
    const sessions = createSessions({ store: memoryStore() });
    expect(() => sessionMiddleware({ sessions, cookie: cookie as never })).toThrow(new RegExp(`"?${what}`));
  });
});

function binary(response: supertest.Response, done: (error: Error | null, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}
