import { createSessions, memoryStore, type Session, type SessionsOptions } from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { webSessions, type WebSessionsOptions } from '@switchyard/session-backends/web';

type Settings = Partial<SessionsOptions> & Omit<WebSessionsOptions<Record<string, unknown>>, 'sessions'>;

function shop({ cookie, onError, ...options }: Settings = {}) {
  const memory = memoryStore();
  const store = new FaultyStore(memory);
  const sessions = createSessions({ store, ...options });
  const { handle } = webSessions({ sessions, ...(cookie && { cookie }), ...(onError && { onError }) });
  const key = async (): Promise<string> => {
    const session = sessions.open();
    await session.update(() => ({ a: 1 }));
    Object.assign(store.calls, { load: 0, apply: 0 });
    return `sessionid=${session.sessionKey}`;
  };
  return { handle, sessions, store, memory, key };
}

const request = (cookie?: string, url = 'http://shop.test/'): Request =>
  new Request(url, cookie === undefined ? {} : { headers: { cookie } });

const add = (session: Session): Promise<void> => session.set('a', 2);

describe('the response', () => {
  it('is handed out when the session is saved, with its cookie, and is private', async () => {
    const { handle, store, sessions } = shop();
    store.fault = 'slow';
    let answered = false;
    const answer = handle(request(), async (session) => {
      await add(session);
      return Response.redirect('http://shop.test/basket', 302);
    }).finally(() => (answered = true));
    await store.holding();
    expect(answered).toBe(false);
    store.release();
    const response = await answer;
    expect([response.status, response.headers.get('Location')]).toEqual([302, 'http://shop.test/basket']);
    expect(response.headers.get('Vary')).toBe('Cookie');
    expect(response.headers.get('Cache-Control')).toBe('private');
    const [cookie] = response.headers.getSetCookie();
    expect(cookie).toMatch(
      /^sessionid=[a-z0-9]{32}; Max-Age=1209600; Expires=\w{3}, .* GMT; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(await sessions.open(/=(\w+)/.exec(cookie as string)?.[1]).get('a')).toBe(2);
  });

  it('is the very one that was given, and the store is not asked, when the session was not touched', async () => {
    const { handle, store, key } = shop();
    const given = new Response('x');
    expect(await handle(request(await key()), () => given)).toBe(given);
    expect(store.calls).toEqual({ load: 0, apply: 0 });
  });

  it('keeps its cookies, its Vary and a stricter Cache-Control, and loses a looser one', async () => {
    const { handle, key } = shop();
    const cookie = await key();
    const answer = (control: string): Promise<Response> =>
      handle(request(cookie), async (session) => {
        await add(session);
        const headers = new Headers({ 'Cache-Control': control, Vary: 'Accept', 'X-Own': '1' });
        headers.append('Set-Cookie', 'one=1');
        headers.append('Set-Cookie', 'two=2');
        return new Response('x', { status: 201, statusText: 'Made', headers });
      });
    const response = await answer('public, max-age=60');
    expect([response.status, response.statusText, await response.text()]).toEqual([201, 'Made', 'x']);
    expect(response.headers.getSetCookie()).toEqual(['one=1', 'two=2', expect.stringContaining(cookie)]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      vary: 'Accept, Cookie',
      'cache-control': 'private, max-age=60',
      'x-own': '1',
    });
    expect((await answer('no-store')).headers.get('Cache-Control')).toBe('no-store');
  });

  it('that is the answer to several requests gets no cookie of any of them', async () => {
    const { handle, key } = shop();
    const shared = new Response(null, { status: 204 });
    const response = await handle(request(await key()), async (session) => add(session).then(() => shared));
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect([...shared.headers]).toEqual([]);
  });

  it('streams: nothing of its body is read here', async () => {
    const { handle, key } = shop();
    let pulled = 0;
    const encode = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled++;
          controller.enqueue(encode.encode(`${pulled}`));
          if (pulled === 3) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const response = await handle(request(await key()), async (session) => {
      await add(session);
      return new Response(body);
    });
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(pulled).toBe(0);
    expect(await response.text()).toBe('123');
  });

  it('of another server can be passed on: its headers are immutable', async () => {
    const { handle, key } = shop();
    const response = await handle(request(await key()), async (session) => {
      await add(session);
      return fetch('data:text/plain,far');
    });
    expect(await response.text()).toBe('far');
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  it('without headers passes as it is', async () => {
    const { handle, key } = shop();
    const response = await handle(request(await key()), async (session) => add(session).then(() => Response.error()));
    expect(response.type).toBe('error');
  });
});

describe('the cookie', () => {
  it.each([
    ['http://shop.test/', undefined, false],
    ['https://shop.test/', undefined, true],
    ['http://shop.test/', true, true],
    ['https://shop.test/', false, false],
  ])('at %s with secure %p is secure: %p', async (url, secure, expected) => {
    const { handle } = shop(secure === undefined ? {} : { cookie: { secure } });
    const response = await handle(request(undefined, url), async (session) => {
      await add(session);
      return new Response();
    });
    expect(response.headers.getSetCookie()[0]?.includes('; Secure')).toBe(expected);
  });

  it('can be signed, and is found among others', async () => {
    const { handle } = shop({
      cookie: { name: 'sid', secrets: ['a'.repeat(16)], partitioned: true, domain: 'shop.test' },
    });
    const first = await handle(request(), async (session) => add(session).then(() => new Response()));
    const [header = ''] = first.headers.getSetCookie();
    expect(header).toMatch(/^sid=[a-z0-9]{32}\.[\w-]{43}; .*; Domain=shop\.test; .*; Partitioned$/);
    const show = async (cookie: string): Promise<string> => {
      const response = await handle(
        request(cookie),
        async (session) => new Response(String(await session.get('a', 'none'))),
      );
      return response.text();
    };
    const cookie = header.split(';')[0] as string;
    expect(await show(`x=1; ${cookie}; y=2`)).toBe('2');
    expect(await show(cookie.split('.')[0] as string)).toBe('none');
  });

  it('is renewed at every request with saveEveryRequest', async () => {
    const { handle, key } = shop({ saveEveryRequest: true });
    const cookie = await key();
    const response = await handle(request(cookie), () => new Response());
    expect(response.headers.getSetCookie()).toEqual([expect.stringContaining(`${cookie}; Max-Age=1209600`)]);
  });

  it('options that no browser would accept are refused', () => {
    expect(() => shop({ cookie: { name: 'a b' } })).toThrow(TypeError);
  });
});

describe('when it fails', () => {
  it('nothing of the response remains, and the page may be the application’s own', async () => {
    const { handle, store, key } = shop({
      onError: (error, { url }) =>
        new Response(`<p>${error.message} ${url}`, { headers: { 'Content-Type': 'text/html', 'Retry-After': '99' } }),
    });
    const cookie = await key();
    const response = await handle(request(cookie), async (session) => {
      await add(session);
      store.fault = 'down';
      return new Response('private', { status: 302, headers: { Location: '/next', 'Content-Length': '7' } });
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/^<p>The session store did not answer.* http:\/\/shop\.test\/$/);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/html',
      'retry-after': '2',
      'cache-control': 'no-store',
      vary: 'Cookie',
    });
  });

  it('with a value that would not survive JSON, that is an error of the application, and nothing is written', async () => {
    const { handle, memory, key } = shop();
    const cookie = await key();
    const rows = [...memory.site.rows.values()];
    const answer = handle(request(cookie), async (session) => {
      await session.set('a', new Date(0));
      return new Response();
    });
    await expect(answer).rejects.toThrow(TypeError);
    expect([...memory.site.rows.values()]).toEqual(rows);
  });

  it('in the handler, that is thrown on and nothing is saved', async () => {
    const { handle, store, key } = shop();
    const bug = new Error('bug');
    const answer = handle(request(await key()), async (session) => {
      await add(session);
      throw bug;
    });
    await expect(answer).rejects.toBe(bug);
    expect(store.calls.apply).toBe(0);
  });
});
