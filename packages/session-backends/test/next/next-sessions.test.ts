import { createSessions, memoryStore, signedCookieSessions, type Session } from '@switchyard/session-backends';
import { nextSessions } from '@switchyard/session-backends/next';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { nextCookies } from '../support/next-cookies.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

function shop() {
  const memory = memoryStore();
  const store = new FaultyStore(memory);
  const sessions = createSessions({ store });
  const next = nextSessions({ sessions, cookie: { secure: true, sameSite: 'strict' } });
  const key = async (): Promise<string> => {
    const session = sessions.open();
    await session.update(() => ({ a: 1 }));
    return session.sessionKey as string;
  };
  return { ...next, sessions, store, memory, key };
}

const set = (session: Session): Promise<void> => session.set('a', 2);
const get = (session: Session): Promise<unknown> => session.get('a');
const valueOf = (header = ''): string => /=([^;]*)/.exec(header)?.[1] ?? '';

/** As Next throws them. */
const navigations: [string, Error][] = [
  ['redirect()', Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;push;/basket;307;' })],
  ['notFound()', Object.assign(new Error('404'), { digest: 'NEXT_HTTP_ERROR_FALLBACK;404' })],
  ['notFound() of Next 14', Object.assign(new Error('404'), { digest: 'NEXT_NOT_FOUND' })],
];

describe('in a Server Action', () => {
  it('the session is saved, its cookie set, and what the function returned comes back', async () => {
    const { use, sessions } = shop();
    const jar = nextCookies();
    expect(await use(jar, async (session) => set(session).then(() => 'done'))).toBe('done');
    expect(jar.setCookies()).toEqual([
      expect.stringMatching(
        /^sessionid=[a-z0-9]{32}; Path=\/; Expires=.* GMT; Max-Age=1209600; Secure; HttpOnly; SameSite=strict$/,
      ),
    ]);
    expect(await sessions.open(valueOf(jar.setCookies()[0])).get('a')).toBe(2);
    expect(await use(Promise.resolve(jar), get)).toBe(2);
  });

  it.each(navigations)('%s counts as a return: the session is saved first', async (_name, thrown) => {
    const { use, sessions } = shop();
    const jar = nextCookies();
    await expect(
      use(jar, async (session) => {
        await set(session);
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect(await sessions.open(valueOf(jar.setCookies()[0])).get('a')).toBe(2);
  });

  it('a redirect does not overtake a save that fails', async () => {
    const { use, store, key } = shop();
    const jar = nextCookies(`sessionid=${await key()}`);
    await expect(
      use(jar, async (session) => {
        await set(session);
        store.fault = 'down';
        throw navigations[0]?.[1];
      }),
    ).rejects.toEqual(code('SESSION_UNAVAILABLE'));
  });

  it('whatever else is thrown comes out as it is, and nothing is saved', async () => {
    const { use, store, key } = shop();
    const cookie = await key();
    const { apply } = store.calls;
    const jar = nextCookies(`sessionid=${cookie}`);
    const bug = Object.assign(new Error('bug'), { digest: '123' });
    await expect(use(jar, async (session) => set(session).then(() => Promise.reject(bug)))).rejects.toBe(bug);
    expect(store.calls.apply).toBe(apply);
    expect(jar.setCookies()).toEqual([]);
  });

  it('a key that was changed reaches the browser although the function failed afterwards', async () => {
    const { use, sessions, key } = shop();
    const jar = nextCookies(`sessionid=${await key()}`);
    await expect(use(jar, async (s) => s.login('u').then(() => Promise.reject(new Error('bug'))))).rejects.toThrow(
      'bug',
    );
    expect(await sessions.open(valueOf(jar.setCookies()[0])).getUserId()).toBe('u');
  });

  it('a logout removes the cookie', async () => {
    const { use, key } = shop();
    const jar = nextCookies(`sessionid=${await key()}`);
    await use(jar, (session) => session.logout());
    expect(jar.setCookies()).toEqual([
      'sessionid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; SameSite=strict',
    ]);
  });
});

describe('in a Server Component, where cookies are read-only,', () => {
  it('a session can be read, known or not', async () => {
    const { use, key } = shop();
    expect(await use(nextCookies(`sessionid=${await key()}`, { readOnly: true }), get)).toBe(1);
    expect(await use(nextCookies(`sessionid=${'a'.repeat(32)}`, { readOnly: true }), get)).toBeUndefined();
    expect(await use(nextCookies('', { readOnly: true }), get)).toBeUndefined();
  });

  it.each([
    ['a new session', false],
    ['one that there is', true],
  ])('to change %s is a clear error, and nothing is written', async (_name, exists) => {
    const { use, memory, key } = shop();
    const header = exists ? `sessionid=${await key()}` : '';
    const rows = [...memory.site.rows.values()];
    const change = use(nextCookies(header, { readOnly: true }), set);
    await expect(change).rejects.toThrow(/Change it in a Server Action or a Route Handler/);
    await expect(change).rejects.toThrow(TypeError);
    expect([...memory.site.rows.values()]).toEqual(rows);
  });

  it.each([
    ['update(fn)', (session: Session) => session.update(() => ({ a: 3 }))],
    ['login', (session: Session) => session.login('u')],
    ['logout', (session: Session) => session.logout()],
  ])('%s does not go unnoticed', async (_name, act) => {
    const { use, key } = shop();
    const sealed = signedCookieSessions({ secrets: ['s'.repeat(16)], cookie: { secure: true } });
    const session = sealed.open();
    await session.update(() => ({ a: 1 }));
    const inCookie = nextSessions({ sessions: sealed });
    for (const [run, value] of [
      [use, await key()],
      [inCookie.use, session.cookieValue],
    ] as const)
      await expect(run(nextCookies(`sessionid=${value}`, { readOnly: true }), act)).rejects.toThrow(TypeError);
  });
});

describe('in a Route Handler', () => {
  it('the response is private, and its headers may be immutable', async () => {
    const { handle } = shop();
    const jar = nextCookies();
    const response = await handle(jar, async (session) => {
      await set(session);
      return Response.redirect('http://shop.test/basket', 302);
    });
    expect(response.status).toBe(302);
    expect(Object.fromEntries(response.headers)).toMatchObject({ vary: 'Cookie', 'cache-control': 'private' });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(jar.setCookies()).toHaveLength(1);
  });

  it('the page for an error may be the application’s own', async () => {
    const { sessions, store, key } = shop();
    const { handle } = nextSessions({
      sessions,
      cookie: { secure: false },
      onError: (error) => new Response(`sorry: ${error.code}`),
    });
    const jar = nextCookies(`sessionid=${await key()}`);
    store.fault = 'down';
    const response = await handle(jar, async (session) => new Response(String(await get(session))));
    expect([response.status, await response.text()]).toEqual([503, 'sorry: SESSION_UNAVAILABLE']);
    expect(response.headers.get('Retry-After')).toBe('2');
    expect(jar.setCookies()).toEqual([]);
  });

  it('redirect() goes on to Next, after the save', async () => {
    const { handle, sessions } = shop();
    const jar = nextCookies();
    const [, redirect] = navigations[0] as [string, Error];
    await expect(handle(jar, async (session) => set(session).then(() => Promise.reject(redirect)))).rejects.toBe(
      redirect,
    );
    expect(await sessions.open(valueOf(jar.setCookies()[0])).get('a')).toBe(2);
  });
});

it('has to be told whether its cookie is secure', () => {
  const sessions = createSessions({ store: memoryStore() });
  expect(() => nextSessions({ sessions })).toThrow(/"secure" has to be true or false/);
  expect(() => nextSessions({ sessions: signedCookieSessions({ secrets: ['s'.repeat(16)] }) })).toThrow(/"secure"/);
});
