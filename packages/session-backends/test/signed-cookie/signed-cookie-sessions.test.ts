import { hkdfSync } from 'node:crypto';
import {
  jsonCodec,
  signedCookieSessions,
  type Session,
  type SessionCodec,
  type SessionError,
  type SignedCookieSessionsOptions,
} from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import { nextSessions } from '@switchyard/session-backends/next';
import { webSessions } from '@switchyard/session-backends/web';
import { ADAPTERS, type Act } from '../support/http-adapters.ts';

const [FIRST, SECOND] = ['first-secret-of-the-shop', 'second-secret-of-the-shop'];
const DAY = 86_400_000;

function open(options: Partial<SignedCookieSessionsOptions> = {}) {
  let at = Date.UTC(2030, 0, 1);
  const now = (): number => at;
  const sessions = signedCookieSessions({ secrets: [FIRST], now, ...options });
  const sealed = async (values: Record<string, unknown> = { a: 1 }): Promise<string> => {
    const session = sessions.open();
    await session.update(() => values);
    return session.cookieValue as string;
  };
  return { sessions, sealed, now, pass: (ms: number) => void (at += ms) };
}

const code = (expected: string) => expect.objectContaining({ code: expected });
const modes = ['encrypted', 'signed'] as const;

describe.each(modes)('a session that is %s in its cookie', (mode) => {
  it('comes back as it was: values, user, expiry, key', async () => {
    const { sessions, pass } = open({ mode });
    const values = { text: 'ünïcode "quotes" \n \u0000', list: [1, null, { deep: true }], none: null };
    const session = sessions.open();
    await session.set('values', values);
    await session.setExpiry(3600);
    await session.login('user-1', { authHash: 'h' });
    pass(1000);
    const again = sessions.open(session.cookieValue);
    expect(await again.entries()).toEqual([['values', values]]);
    expect(await again.getUserId()).toBe('user-1');
    expect(await again.getAuthHash()).toBe('h');
    expect(await again.getExpiryAge()).toBe(3600);
    expect(again.sessionKey).toBe(session.sessionKey);
    expect(session.sessionKey).toMatch(/^[a-z0-9]{32}$/);
  });

  it('can be opened by each of the secrets, and is sealed by the first', async () => {
    const old = await open({ mode }).sealed();
    const rotated = open({ mode, secrets: [SECOND, FIRST] });
    const session = rotated.sessions.open(old);
    expect(await session.get('a')).toBe(1);
    await session.update((data) => ({ ...data, b: 2 }));
    const fresh = session.cookieValue;
    expect(
      await open({ mode, secrets: [SECOND] })
        .sessions.open(fresh)
        .get('b'),
    ).toBe(2);
    expect(
      await open({ mode, secrets: [FIRST] })
        .sessions.open(fresh)
        .get('b'),
    ).toBeUndefined();
    expect(
      await open({ mode, secrets: [SECOND] })
        .sessions.open(old)
        .get('a'),
    ).toBeUndefined();
  });

  it('is empty when a single bit of its cookie was changed, or anything cut off or added', async () => {
    const { sessions, sealed } = open({ mode });
    const cookie = await sealed();
    const bytes = Buffer.from(cookie, 'base64url');
    const forged = Array.from(bytes, (_byte, i) => {
      const copy = Buffer.from(bytes);
      copy[i] = (copy[i] as number) ^ (1 << (i % 8));
      return copy.toString('base64url');
    });
    forged.push(cookie.slice(0, -4), cookie.slice(4), `${cookie}AAAA`, `${cookie}=`, ` ${cookie}`, '', 'AAAA');
    for (const each of forged) {
      const session = sessions.open(each);
      expect([session.empty, await session.get('a'), session.cookieValue]).toEqual([true, undefined, undefined]);
    }
  });

  it('has one spelling: the bits that the last character leaves over count, too', async () => {
    const { sessions, sealed } = open({ mode });
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    let spellings = 0;
    for (const text of ['', 'x', 'xx']) {
      const cookie = await sealed({ text });
      const other = cookie.slice(0, -1) + alphabet[alphabet.indexOf(cookie.at(-1) as string) + 1];
      if (!Buffer.from(other, 'base64url').equals(Buffer.from(cookie, 'base64url'))) continue;
      spellings++;
      expect(sessions.open(other).empty).toBe(true);
    }
    expect(spellings).toBe(2);
  });

  it.each([
    ['another secret', { secrets: [SECOND] }],
    ['the other mode', { mode: mode === 'signed' ? 'encrypted' : 'signed' }],
    ['another name', { cookie: { name: 'admin' } }],
  ] as const)('is no session under %s', async (_name, options) => {
    const cookie = await open({ mode }).sealed();
    expect(open({ mode, ...options }).sessions.open(cookie).empty).toBe(true);
  });

  it.each([42, null, undefined, {}, 'a'.repeat(32), '{"a":1}'])('is empty for %p', (value) => {
    expect(open({ mode }).sessions.open(value).empty).toBe(true);
  });

  it('ends at its expiry, whatever the browser keeps', async () => {
    const { sessions, sealed, pass } = open({ mode, ttlMs: 2 * DAY });
    const cookie = await sealed();
    pass(2 * DAY - 1);
    expect(await sessions.open(cookie).get('a')).toBe(1);
    const late = sessions.open(cookie);
    await late.set('a', 2);
    pass(1);
    expect(await sessions.open(cookie).get('a')).toBeUndefined();
    await expect(late.save()).rejects.toEqual(code('SESSION_GONE'));
  });

  it('slides from each change, and is renewed by touch', async () => {
    const { sessions, sealed, pass } = open({ mode, ttlMs: 10 * DAY });
    const session = sessions.open(await sealed());
    pass(6 * DAY);
    await session.update((data) => ({ ...data, b: 2 }));
    pass(6 * DAY);
    const again = sessions.open(session.cookieValue);
    await again.touch();
    pass(6 * DAY);
    expect(await sessions.open(again.cookieValue).get('b')).toBe(2);
    expect(await sessions.open(session.cookieValue).get('b')).toBeUndefined();
  });

  it('has another cookie after each save, a fresh key after cycleKey, and none after flush', async () => {
    const { sessions, sealed } = open({ mode });
    const first = await sealed();
    const session = sessions.open(first);
    const key = session.sessionKey;
    await session.set('b', 2);
    expect(session.cookieValue).toBe(first);
    await session.save();
    expect(session.cookieValue).not.toBe(first);
    expect(session.sessionKey).toBe(key);
    await session.cycleKey();
    expect(session.sessionKey).not.toBe(key);
    expect(await sessions.open(session.cookieValue).entries()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await session.flush();
    expect([session.cookieValue, session.sessionKey, session.empty]).toEqual([undefined, undefined, true]);
    await session.update(() => ({ c: 3 }));
    expect(await sessions.open(session.cookieValue).keys()).toEqual(['c']);
  });

  it('cannot be revoked: logout forgets the cookie, a copy of it stays good until it expires', async () => {
    const { sessions, pass } = open({ mode, ttlMs: DAY });
    const session = sessions.open();
    await session.login('user-1');
    const copy = session.cookieValue;
    await sessions.open(copy).logout();
    expect(await sessions.open(copy).getUserId()).toBe('user-1');
    const late = sessions.open(copy);
    await late.set('a', 1);
    await late.save();
    expect(await sessions.open(late.cookieValue).getUserId()).toBe('user-1');
    pass(DAY);
    expect(await sessions.open(copy).getUserId()).toBeNull();
  });

  it('has no versions: of two requests at once the browser keeps what the later response says', async () => {
    const { sessions, sealed } = open({ mode });
    const cookie = await sealed({});
    const [one, two] = [sessions.open(cookie), sessions.open(cookie)];
    await Promise.all([one.update((data) => ({ ...data, one: 1 })), two.update((data) => ({ ...data, two: 2 }))]);
    expect(await sessions.open(two.cookieValue).keys()).toEqual(['two']);
    expect(await sessions.open(one.cookieValue).keys()).toEqual(['one']);
  });
});

describe('what its browser can read', () => {
  const values = { email: 'ann@example.com' };
  const read = async (mode: (typeof modes)[number]): Promise<string> =>
    Buffer.from(await open({ mode }).sealed(values), 'base64url').toString('latin1');

  it('is nothing when it is encrypted, and everything when it is only signed', async () => {
    expect(await read('encrypted')).not.toContain('ann@');
    expect(await read('signed')).toContain('ann@');
  });

  it('does not tell whether anything has changed: each time it is sealed with a nonce of its own', async () => {
    const { sessions } = open();
    const nonces = new Set<string>();
    const session = sessions.open();
    for (let i = 0; i < 100; i++) {
      await session.update(() => ({ a: 1 }));
      nonces.add(Buffer.from(session.cookieValue as string, 'base64url').toString('hex', 0, 12));
    }
    expect(nonces.size).toBe(100);
  });
});

describe('the size of the cookie', () => {
  const limit = 4096;
  const setCookie = async (options: Partial<SignedCookieSessionsOptions>, characters: number): Promise<string> => {
    const { handle } = webSessions({ sessions: open({ ...options, now: Date.now }).sessions });
    const response = await handle(new Request('https://shop.test/'), async (session) => {
      await session.set('a', 'x'.repeat(characters));
      return new Response();
    });
    return response.headers.getSetCookie()[0] ?? String(response.status);
  };

  it.each([
    ['encrypted', {}, 2850],
    ['signed', { mode: 'signed' }, 2850],
    ['with a long name and a domain', { cookie: { name: 'n'.repeat(200), domain: `${'d'.repeat(96)}.test` } }, 2600],
  ] as const)('%s, with all attributes, is up to 4,096 bytes, and not a byte more', async (_name, options, least) => {
    let [fits, fails] = [least as number, 4096];
    while (fails - fits > 1) {
      const middle = (fits + fails) >> 1;
      if ((await setCookie(options, middle)) === '500') fails = middle;
      else fits = middle;
    }
    const largest = (await setCookie(options, fits)).length;
    expect(largest).toBeLessThanOrEqual(limit);
    // Three bytes of text are four in the cookie.
    expect(largest).toBeGreaterThan(limit - 4);
    expect(await setCookie(options, fails)).toBe('500');
  });

  it.each([
    ['save', async (session: Session) => session.set('a', 'x'.repeat(5000)).then(() => session.save())],
    ['update(fn)', (session: Session) => session.update(() => ({ a: 'x'.repeat(5000) }))],
    ['login', async (session: Session) => session.login('u'.repeat(5000))],
  ])(
    'too large fails at %s, says what to do and how much it is, and leaves the cookie as it was',
    async (_name, act) => {
      const { sessions, sealed, pass } = open();
      const cookie = await sealed();
      const session = sessions.open(cookie);
      const error = await act(session).then(
        () => undefined,
        (thrown: SessionError) => thrown,
      );
      expect(error).toEqual(code('SESSION_TOO_LARGE'));
      expect(error?.message).toMatch(/Keep large data elsewhere and only its id here/);
      expect((error?.cause as Error | undefined)?.message).toMatch(
        /^its cookie would have \d{4} bytes, and browsers keep 4096$/,
      );
      expect(session.cookieValue).toBe(cookie);
      pass(7 * DAY);
      await session.touch();
      expect(await sessions.open(session.cookieValue).entries()).toEqual([['a', 1]]);
    },
  );
});

describe('data in a cookie', () => {
  const raw = (text: string): SessionCodec => ({ ...jsonCodec, encode: () => text });

  it('cannot reach a prototype', async () => {
    const { sealed } = open({
      codec: raw('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"a":1}'),
    });
    const session = open().sessions.open(await sealed());
    expect(await session.entries()).toEqual([['a', 1]]);
    expect(await session.has('__proto__')).toBe(false);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('that cannot be decoded is neither read nor written over, and its cookie is kept', async () => {
    const cookie = await open({ codec: raw('secret-but-not-json') }).sealed();
    const events: string[] = [];
    const { sessions } = open({ onEvent: (event) => void events.push(event) });
    const ask = (act: Act) => ADAPTERS.web(sessions, act)(`sessionid=${cookie}`);
    for (const act of [
      async (session: Session) => void (await session.get('a')),
      async (session: Session) => session.clear(),
    ]) {
      const { status, setCookies, text } = await ask(act);
      expect([status, setCookies]).toEqual([500, []]);
      expect(text).not.toContain('secret');
    }
    expect(events).toEqual(['undecodable', 'undecodable']);
    expect((await ask((session) => session.flush())).setCookies[0]).toContain('Max-Age=0');
  });

  it('of another program with the same secret is no session', async () => {
    // The key is derived as documented: HKDF-SHA256, no salt. Whoever has the secret can seal anything.
    const key = Buffer.from(hkdfSync('sha256', FIRST, '', 'session cookie, signed, sessionid', 32));
    const { createHmac } = await import('node:crypto');
    const seal = (text: string): string =>
      Buffer.concat([createHmac('sha256', key).update(text).digest(), Buffer.from(text)]).toString('base64url');
    const { sessions, now } = open({ mode: 'signed' });
    const head = JSON.stringify(['k'.repeat(32), now() + DAY, null]);
    expect(await sessions.open(seal(`${head}\n{"a":1}`)).get('a')).toBe(1);
    for (const text of [
      '',
      '{"a":1}',
      'null\n{}',
      `["short",${now() + DAY},null]\n{}`,
      `["${'k'.repeat(32)}","soon",null]\n{}`,
      `["${'k'.repeat(32)}",${now() + DAY},7]\n{}`,
      `["${'k'.repeat(32)}",${now()},null]\n{}`,
    ])
      expect(sessions.open(seal(text)).empty).toBe(true);
  });
});

describe.each(Object.entries(ADAPTERS))('through %s', (_name, adapter) => {
  const cookie = { secure: false };
  const valueOf = (setCookies: readonly string[]): string => setCookies[0]?.split(';')[0] as string;

  it('a session goes with its cookie from request to request, until it is logged out', async () => {
    const { sessions } = open({ now: Date.now, cookie });
    const add = adapter(sessions, (session) => session.update((data) => ({ count: Number(data['count'] ?? 0) + 1 })));
    let held: string | undefined;
    for (const _ of [1, 2, 3]) {
      const { setCookies } = await add(held);
      expect(setCookies).toHaveLength(1);
      expect(setCookies[0]).toMatch(/Max-Age=12096\d\d/);
      held = valueOf(setCookies);
    }
    await adapter(sessions, async (session) => {
      expect(await session.get('count')).toBe(3);
    })(held);
    held = valueOf((await adapter(sessions, (session) => session.login('ann'))(held)).setCookies);
    const shown = await adapter(sessions, async (session) => {
      expect([await session.getUserId(), await session.get('count')]).toEqual(['ann', 3]);
    })(held);
    expect([shown.status, shown.setCookies]).toEqual([200, []]);
    const { setCookies } = await adapter(sessions, (session) => session.logout())(held);
    expect(setCookies).toEqual([expect.stringMatching(/^sessionid=;.*Max-Age=0/)]);
  });

  it.each([
    ['tampered with', (cookie: string) => cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['foreign', () => 'a'.repeat(32)],
    ['expired', (cookie: string) => cookie],
  ])('a cookie that is %s is an empty session, and is removed', async (kind, spoil) => {
    const { sessions, sealed, pass } = open({ ttlMs: DAY, cookie });
    const spoilt = spoil(await sealed());
    if (kind === 'expired') pass(DAY);
    const answer = await adapter(sessions, async (session) => {
      expect(await session.keys()).toEqual([]);
    })(`sessionid=${spoilt}`);
    expect([answer.status, answer.setCookies]).toEqual([200, [expect.stringMatching(/^sessionid=;.*Max-Age=0/)]]);
  });

  it('too much data is an error, and the cookie is kept', async () => {
    const { sessions, sealed } = open({ now: Date.now, cookie });
    const held = `sessionid=${await sealed()}`;
    const answer = await adapter(sessions, (session) => session.set('a', 'x'.repeat(5000)))(held);
    expect([answer.status, answer.setCookies]).toEqual([500, []]);
    expect(answer.text).not.toContain('xxx');
  });

  it('with an error for an answer, update(fn) counts and an unsaved change does not', async () => {
    const { sessions, sealed } = open({ now: Date.now, cookie });
    const answer = await adapter(sessions, async (session) => {
      await session.update((data) => ({ ...data, b: 2 }));
      await session.set('c', 3);
      return 500;
    })(`sessionid=${await sealed()}`);
    const value = valueOf(answer.setCookies).slice('sessionid='.length);
    expect(await sessions.open(value).keys()).toEqual(['a', 'b']);
  });
});

it('is renewed, its sealed expiry with it, at every request with saveEveryRequest', async () => {
  const { sessions, sealed, pass } = open({ ttlMs: 10 * DAY, saveEveryRequest: true });
  const cookie = await sealed();
  pass(5 * DAY);
  const { setCookies } = await ADAPTERS.web(sessions, async () => undefined)(`sessionid=${cookie}`);
  const renewed = /=([^;]+)/.exec(setCookies[0] as string)?.[1];
  pass(6 * DAY);
  expect(await sessions.open(renewed).get('a')).toBe(1);
  expect(await sessions.open(cookie).get('a')).toBeUndefined();
});

describe('options', () => {
  it.each([
    [{ secrets: [] }, /"secrets" has to have at least one/],
    [{ secrets: undefined as never }, /"secrets"/],
    [{ secrets: [FIRST, 'too-short'] }, /at least 16 characters/],
    [{ mode: 'plain' as never }, /"mode"/],
    [{ ttlMs: 0 }, /"ttlMs"/],
    [{ cookie: { name: '__Host-s' } }, /secure/],
  ])('%j are refused', (options, message) => {
    const create = (): unknown => open(options);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  it('of the cookie are given here; a middleware that is given them, too, refuses', () => {
    const { sessions } = open({ cookie: { secure: true } });
    const cookie = { secure: true };
    const create = [sessionMiddleware, webSessions, nextSessions] as ((options: object) => unknown)[];
    for (const each of create) {
      expect(() => each({ sessions, cookie })).toThrow(/a cookie of their own/);
      expect(() => each({ sessions })).not.toThrow();
    }
  });
});
