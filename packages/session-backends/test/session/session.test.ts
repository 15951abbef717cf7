import {
  createSessions,
  memoryStore,
  SessionError,
  type Session,
  type SessionsOptions,
} from '@switchyard/session-backends';
import { BUCKETS } from '@switchyard/session-backends/fence';

interface Counts {
  load: number;
  apply: number;
}

function open(options: Partial<SessionsOptions> = {}) {
  let at = Date.UTC(2030, 0, 1);
  const now = (): number => at;
  const memory = memoryStore({ now });
  const counts: Counts = { load: 0, apply: 0 };
  const store = {
    load: (keys: Parameters<typeof memory.load>[0]) => (counts.load++, memory.load(keys)),
    apply: (operations: Parameters<typeof memory.apply>[0]) => (counts.apply++, memory.apply(operations)),
  };
  const sessions = createSessions({ store, now, ...options });
  const saved = async (values: Record<string, unknown>): Promise<string> => {
    const session = sessions.open();
    await session.update(values);
    await session.save();
    return session.sessionKey as string;
  };
  return { sessions, memory, counts, saved, now, pass: (ms: number) => void (at += ms) };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('the accessed and modified flags', () => {
  const cases: [string, (session: Session) => Promise<unknown>, boolean, boolean][] = [
    ['has', (s) => s.has('a'), true, false],
    ['get', (s) => s.get('a'), true, false],
    ['get with a default', (s) => s.get('none', 1), true, false],
    ['keys', (s) => s.keys(), true, false],
    ['values', (s) => s.values(), true, false],
    ['entries', (s) => s.entries(), true, false],
    ['set', (s) => s.set('a', 2), true, true],
    ['delete', (s) => s.delete('a'), true, true],
    ['update with nothing', (s) => s.update({}), true, true],
    ['update with a function', (s) => s.update(() => undefined), true, true],
    ['pop of what is there', (s) => s.pop('a'), true, true],
    ['pop of what is not there', (s) => s.pop('none', 0), true, false],
    ['setDefault of what is there', (s) => s.setDefault('a', 2), true, false],
    ['setDefault of what is not there', (s) => s.setDefault('none', 2), true, true],
    ['clear', (s) => s.clear(), true, true],
    ['isEmpty', (s) => s.isEmpty(), false, false],
    ['flush', (s) => s.flush(), true, true],
    ['setExpiry', (s) => s.setExpiry(60), true, true],
    ['setExpiry back to the default', (s) => s.setExpiry(undefined), true, false],
    ['getExpiryAge', (s) => s.getExpiryAge(), true, false],
    ['nothing', async () => undefined, false, false],
  ];
  it.each(cases)('after %s', async (_name, act, accessed, modified) => {
    const { sessions, saved } = open();
    const session = sessions.open(await saved({ a: 1 }));
    await act(session);
    expect({ accessed: session.accessed, modified: session.modified }).toEqual({ accessed, modified });
  });

  it.each([
    ['delete', (s: Session) => s.delete('none')],
    ['pop without a default', (s: Session) => s.pop('none')],
  ])('stay unmodified when %s finds nothing and throws', async (_name, act) => {
    const { sessions, saved } = open();
    const session = sessions.open(await saved({ a: 1 }));
    await expect(act(session)).rejects.toEqual(code('SESSION_VALUE_MISSING'));
    expect(session.modified).toBe(false);
  });
});

describe('a session', () => {
  it('is unmodified by a change that failed', async () => {
    const { sessions, saved } = open();
    for (const change of [(s: Session) => s.update(() => undefined), (s: Session) => s.cycleKey()]) {
      const key = await saved({ a: 1 });
      const late = sessions.open(key);
      await late.get('a');
      await sessions.open(key).flush();
      await expect(change(late)).rejects.toEqual(code('SESSION_GONE'));
      expect([late.modified, late.unsaved]).toEqual([false, false]);
    }
  });

  it('asks the store for nothing before the first touch, and then once', async () => {
    const { sessions, saved, counts } = open();
    const key = await saved({ a: 1 });
    counts.load = 0;
    const session = sessions.open(key);
    expect(await session.isEmpty()).toBe(false);
    expect(counts.load).toBe(0);
    expect(await Promise.all([session.get('a'), session.has('a'), session.keys()])).toEqual([1, true, ['a']]);
    expect(counts.load).toBe(1);
  });

  it('drops an unknown key and writes nothing', async () => {
    const { sessions, counts } = open();
    const session = sessions.open('a'.repeat(32));
    expect(await session.get('a')).toBeUndefined();
    expect(session.sessionKey).toBeUndefined();
    expect(await session.isEmpty()).toBe(true);
    expect(counts.apply).toBe(0);
  });

  it.each(['', 'short', 'UPPERCASE0000', 'a/b/c/d/e/f', 42, null])('takes %p for no key at all', async (value) => {
    const { sessions, counts } = open();
    const session = sessions.open(value);
    expect(await session.isEmpty()).toBe(true);
    expect(await session.keys()).toEqual([]);
    expect(counts.load).toBe(0);
  });

  it('of an unknown key gets a key of its own when it is saved: the browser cannot choose one', async () => {
    const { sessions } = open();
    const session = sessions.open('a'.repeat(32));
    await session.set('a', 1);
    await session.save();
    expect(session.sessionKey).toMatch(/^[a-z0-9]{32}$/);
    expect(session.sessionKey).not.toBe('a'.repeat(32));
  });

  it('is not readable from the moment of its expiry on', async () => {
    const { sessions, saved, pass } = open({ ttlMs: 1000 });
    const key = await saved({ a: 1 });
    pass(999);
    expect(await sessions.open(key).get('a')).toBe(1);
    pass(1);
    expect(await sessions.open(key).get('a')).toBeUndefined();
  });

  it('stores neither its key nor its meta where the application or a thief could find them', async () => {
    const { sessions, memory } = open();
    const session = sessions.open();
    await session.set('a', 1);
    await session.setExpiry(60);
    await session.save();
    expect([...memory.site.rows.keys()].join()).not.toContain(session.sessionKey);
    const again = sessions.open(session.sessionKey);
    expect(await again.keys()).toEqual(['a']);
    await expect(again.set('_session', 1)).rejects.toThrow(TypeError);
    await expect(again.update({ ['__proto__']: 1 })).rejects.toThrow(TypeError);
  });

  it('keeps a user, who is in the row and not in the data', async () => {
    const { sessions, memory } = open();
    const session = sessions.open();
    await session.login('user-1', { authHash: 'h' });
    const [row] = [...memory.site.rows.values()];
    expect(row).toMatchObject({ userId: 'user-1' });
    expect(await sessions.open(session.sessionKey).getUserId()).toBe('user-1');
    expect(await sessions.open(session.sessionKey).getAuthHash()).toBe('h');
  });
});

describe('save', () => {
  it('of a session that was destroyed meanwhile writes nothing', async () => {
    const { sessions, saved, memory } = open();
    const key = await saved({ a: 1 });
    const late = sessions.open(key);
    await late.set('a', 2);
    await sessions.open(key).flush();
    await expect(late.save()).rejects.toEqual(code('SESSION_GONE'));
    expect([...memory.site.rows.values()].filter(({ data }) => data !== null)).toEqual([]);
  });

  it('merges what two requests changed', async () => {
    const { sessions, saved } = open();
    const key = await saved({ basket: { p1: 1 }, theme: 'dark' });
    const [one, two] = [sessions.open(key), sessions.open(key)];
    await one.set('basket', { ...((await one.get('basket')) as object), p2: 1 });
    await two.set('basket', { ...((await two.get('basket')) as object), p3: 1 });
    await two.delete('theme');
    await Promise.all([one.save(), two.save()]);
    expect(await sessions.open(key).entries()).toEqual([['basket', { p1: 1, p2: 1, p3: 1 }]]);
  });

  it('after a touch that was the first write of an epoch still merges what others wrote before it', async () => {
    const { sessions, saved, memory, pass } = open({ touchAfterMs: 0 });
    const key = await saved({ a: 1 });
    const session = sessions.open(key);
    await session.get('a');
    await sessions.open(key).update((data) => ({ ...data, b: 2 }));
    for (let bucket = 0; bucket < BUCKETS; bucket++) memory.site.setFence(bucket, { epoch: 3 });
    pass(1);
    await session.touch();
    await session.set('c', 3);
    await session.save();
    expect(Object.fromEntries(await sessions.open(key).entries())).toEqual({ a: 1, b: 2, c: 3 });
  });

  it('refuses to choose between two changes of one value, unless told how', async () => {
    const change = async (options: Partial<SessionsOptions>): Promise<unknown> => {
      const { sessions, saved } = open(options);
      const key = await saved({ n: 1 });
      const [one, two] = [sessions.open(key), sessions.open(key)];
      await one.set('n', 10);
      await two.set('n', 5);
      await one.save();
      await two.save();
      return sessions.open(key).get('n');
    };
    await expect(change({})).rejects.toEqual(code('SESSION_CONFLICT'));
    expect(await change({ resolve: 'last' })).toBe(5);
    const add = ({ base, ours, theirs }: { base: unknown; ours: unknown; theirs: unknown }): number =>
      Number(ours) + Number(theirs) - Number(base);
    expect(await change({ resolve: add })).toBe(14);
  });

  it('of too much data fails before anything is written', async () => {
    const { sessions, counts } = open({ maxBytes: 100 });
    const session = sessions.open();
    await session.set('a', 'é'.repeat(50));
    await expect(session.save()).rejects.toEqual(code('SESSION_TOO_LARGE'));
    expect(counts.apply).toBe(0);
  });

  it.each(['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'])(
    'of %s, taken from a request, is refused: it would come back without it',
    async (text) => {
      const { sessions, counts } = open();
      const session = sessions.open();
      await session.set('profile', JSON.parse(text));
      await expect(session.save()).rejects.toThrow(TypeError);
      expect(counts.apply).toBe(0);
    },
  );

  it('is one store call', async () => {
    const { sessions, saved, counts } = open();
    const key = await saved({ a: 1 });
    Object.assign(counts, { load: 0, apply: 0 });
    const session = sessions.open(key);
    await session.set('a', 2);
    await session.save();
    expect(counts).toEqual({ load: 1, apply: 1 });
  });

  it.each([
    ['what was set', { a: 1 }, 1],
    ['nothing', {}, 0],
  ])('after clear of an unknown key writes %s, and not under that key', async (_name, values, rows) => {
    const { sessions, memory } = open();
    const session = sessions.open('a'.repeat(32));
    await session.clear();
    await session.update(values);
    await session.save();
    expect(memory.site.rows.size).toBe(rows);
    expect(session.sessionKey).not.toBe('a'.repeat(32));
    expect(session.unsaved).toBe(false);
    expect(await session.isEmpty()).toBe(rows === 0);
  });

  it('of an unknown key that nothing was set in writes nothing', async () => {
    const { sessions, memory } = open();
    await sessions.open('a'.repeat(32)).save();
    expect(memory.site.rows.size).toBe(0);
  });

  it('after clear replaces everything, of whomever', async () => {
    const { sessions, saved } = open();
    const key = await saved({ a: 1, b: 2 });
    const session = sessions.open(key);
    await session.clear();
    await session.set('c', 3);
    await sessions.open(key).update((data) => ({ ...data, d: 4 }));
    await session.save();
    expect(session.sessionKey).toBe(key);
    expect(await sessions.open(key).entries()).toEqual([['c', 3]]);
  });
});

describe('update with a function', () => {
  it('loses nothing of 64 at once', async () => {
    const { sessions, saved, counts } = open();
    const key = await saved({ basket: {} });
    Object.assign(counts, { load: 0, apply: 0 });
    await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        sessions.open(key).update((data) => {
          (data['basket'] as Record<string, number>)[`p${i}`] = 1;
        }),
      ),
    );
    expect(Object.keys((await sessions.open(key).get('basket')) as object)).toHaveLength(64);
    expect(counts.apply).toBe(64);
  });

  it('loses nothing of 64 at once in 64 processes', async () => {
    const { memory, saved, now } = open();
    const key = await saved({ n: 0 });
    await Promise.all(
      Array.from({ length: 64 }, () =>
        createSessions({ store: { ...memory }, now })
          .open(key)
          .update(async (data) => {
            await Promise.resolve();
            return { n: Number(data['n']) + 1 };
          }),
      ),
    );
    expect(await createSessions({ store: memory, now }).open(key).get('n')).toBe(64);
  });

  it('writes what was set before it, too, and creates a session that has no key', async () => {
    const { sessions, counts } = open();
    const session = sessions.open();
    await session.set('a', 1);
    await session.update((data) => ({ ...data, b: 2 }));
    expect(session.unsaved).toBe(false);
    expect(counts.apply).toBe(1);
    expect(await sessions.open(session.sessionKey).entries()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('leaves nothing of itself behind when it throws', async () => {
    const { sessions, saved } = open();
    const key = await saved({ list: [1] });
    const session = sessions.open(key);
    await session.set('a', 1);
    await expect(
      session.update((data) => {
        (data['list'] as number[]).push(2);
        data['a'] = 2;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await session.entries()).toEqual([
      ['list', [1]],
      ['a', 1],
    ]);
    expect(session.unsaved).toBe(true);
    expect(await sessions.open(key).entries()).toEqual([['list', [1]]]);
  });

  it('never changes an object that the application gave: it may be a constant that every session gets', async () => {
    const { sessions } = open();
    const returned = { basket: {} };
    const given = { lines: [] as number[] };
    const session = sessions.open();
    await session.update(() => returned);
    await session.set('more', given);
    await session.update((data) => {
      Object.assign(data['basket'] as object, { p1: 1 });
      (data['more'] as typeof given).lines.push(1);
    });
    expect([returned, given]).toEqual([{ basket: {} }, { lines: [] }]);
    expect(await sessions.open(session.sessionKey).entries()).toEqual([
      ['basket', { p1: 1 }],
      ['more', { lines: [1] }],
    ]);
  });

  it('of a destroyed session is SESSION_GONE', async () => {
    const { sessions, saved } = open();
    const key = await saved({ a: 1 });
    const session = sessions.open(key);
    await session.get('a');
    await sessions.open(key).flush();
    await expect(session.update({}).then(() => session.update(() => undefined))).rejects.toEqual(code('SESSION_GONE'));
  });

  it('refuses to wait for itself', async () => {
    const { sessions } = open();
    const session = sessions.open();
    await expect(session.update(() => session.save())).rejects.toThrow(TypeError);
    await expect(session.update(async () => session.set('a', 1))).rejects.toThrow(TypeError);
    const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    await expect(session.update(() => later().then(() => session.set('a', 1)))).rejects.toThrow(TypeError);
    await expect(session.update(async () => later().then(() => session.set('a', 1)))).rejects.toThrow(TypeError);
    await session.update(() => later());
    await session.set('a', 2);
    expect(await session.get('a')).toBe(2);
  });

  it('and set, at once on one session object, both count', async () => {
    const { sessions, saved } = open();
    const key = await saved({});
    const session = sessions.open(key);
    await Promise.all([
      session.update(async (data) => {
        await Promise.resolve();
        data['a'] = 1;
      }),
      session.set('b', 2),
      session.update((data) => ({ ...data, c: 3 })),
    ]);
    await session.save();
    expect(await sessions.open(key).entries()).toEqual(
      expect.arrayContaining([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]),
    );
  });
});

describe('the key', () => {
  it('is exchanged in one operation, and the old one is dead', async () => {
    const { sessions, saved, counts } = open();
    const key = await saved({ a: 1 });
    counts.apply = 0;
    const session = sessions.open(key);
    await session.cycleKey();
    expect(counts.apply).toBe(1);
    expect(session.sessionKey).not.toBe(key);
    expect(await sessions.open(session.sessionKey).get('a')).toBe(1);
    expect(await sessions.open(key).get('a')).toBeUndefined();
  });

  it('is not exchanged for a live one after a logout: that is SESSION_GONE', async () => {
    const { sessions, saved, memory } = open();
    const key = await saved({ a: 1 });
    const session = sessions.open(key);
    await session.get('a');
    await sessions.open(key).logout();
    await expect(session.cycleKey()).rejects.toEqual(code('SESSION_GONE'));
    expect(memory.site.rows.size).toBe(1);
  });

  it('exchanged keeps what another request added meanwhile', async () => {
    const { sessions, saved } = open();
    const key = await saved({ a: 1 });
    const session = sessions.open(key);
    await session.set('b', 2);
    await sessions.open(key).update((data) => ({ ...data, c: 3 }));
    await session.login('u');
    expect(await sessions.open(session.sessionKey).entries()).toEqual([
      ['a', 1],
      ['c', 3],
      ['b', 2],
    ]);
  });

  it.each([
    ['the same user keeps the data', 'u1', 'h1', true],
    ['another user gets an empty session', 'u2', 'h1', false],
    ['another auth hash gets an empty session', 'u1', 'h2', false],
  ])('changes at each login: %s', async (_name, userId, authHash, kept) => {
    const { sessions } = open();
    const session = sessions.open();
    await session.set('a', 1);
    await session.login('u1', { authHash: 'h1' });
    const first = session.sessionKey;
    const again = sessions.open(first);
    await again.login(userId, { authHash });
    expect(again.sessionKey).not.toBe(first);
    expect(await sessions.open(again.sessionKey).has('a')).toBe(kept);
    expect(await sessions.open(again.sessionKey).getUserId()).toBe(userId);
    expect(await sessions.open(first).getUserId()).toBeNull();
  });

  it('is forgotten by flush; what is set then belongs to a new session', async () => {
    const { sessions, saved } = open();
    const key = await saved({ a: 1 });
    const session = sessions.open(key);
    await session.flush();
    expect(await session.isEmpty()).toBe(true);
    await session.set('b', 1);
    await session.save();
    expect(session.sessionKey).not.toBe(key);
    expect(await sessions.open(session.sessionKey).keys()).toEqual(['b']);
  });
});

describe('expiry', () => {
  it.each([
    ['the default', undefined, 1_209_600, 1_209_600_000, false],
    ['seconds', 90, 90, 90_000, false],
    ['until the browser closes', 0, 1_209_600, 1_209_600_000, true],
    ['a Date', new Date(Date.UTC(2030, 0, 1) + 1500), 1, 1500, false],
    ['a Date that has passed', new Date(Date.UTC(2030, 0, 1) - 500), -1, -500, false],
  ])('is %s', async (_name, given, age, ms, atClose) => {
    const { sessions, memory, now } = open();
    const session = sessions.open();
    await session.set('a', 1);
    await session.setExpiry(given);
    expect(await session.getExpiryAge()).toBe(age);
    expect((await session.getExpiryDate()).getTime()).toBe(now() + ms);
    expect(await session.getExpireAtBrowserClose()).toBe(atClose);
    await session.save();
    expect([...memory.site.rows.values()][0]?.expiresAt.getTime()).toBe(now() + ms);
  });

  it('slides from each change, and stays what it was set to', async () => {
    const { sessions, pass } = open();
    const session = sessions.open();
    await session.setExpiry(100);
    await session.set('a', 1);
    await session.save();
    pass(90_000);
    await sessions.open(session.sessionKey).update((data) => ({ ...data, b: 1 }));
    pass(90_000);
    expect(await sessions.open(session.sessionKey).getExpiryAge()).toBe(100);
  });

  it.each([Number.NaN, 1.5, Number.MAX_SAFE_INTEGER, new Date(Number.NaN), new Date(8.64e15)])(
    'refuses %p',
    async (value) => {
      await expect(open().sessions.open().setExpiry(value)).rejects.toThrow(TypeError);
    },
  );

  it('of an unchanged session is renewed by touch, once a tenth has passed', async () => {
    const { sessions, saved, pass, counts } = open({ ttlMs: 1000 });
    const key = await saved({ a: 1 });
    counts.apply = 0;
    const touch = async (): Promise<number> => {
      await sessions.open(key).touch();
      return counts.apply;
    };
    pass(100);
    expect(await touch()).toBe(0);
    pass(1);
    expect(await touch()).toBe(1);
    pass(950);
    expect(await sessions.open(key).get('a')).toBe(1);
  });
});

describe('when the store fails', () => {
  const failing = (outcome: 'none' | 'unknown') => {
    const memory = memoryStore();
    let broken = false;
    const cause = new Error('connection lost');
    const sessions = createSessions({
      store: {
        load: async (keys) => (broken ? keys.map(() => ({ status: 'unavailable', cause })) : memory.load(keys)),
        apply: async (operations) =>
          broken ? operations.map(() => ({ status: 'unavailable', cause, outcome })) : memory.apply(operations),
      },
    });
    return { sessions, setBroken: (value: boolean) => void (broken = value) };
  };

  it('a load is SESSION_UNAVAILABLE, not an empty session, and is tried again', async () => {
    const { sessions, setBroken } = failing('none');
    const first = sessions.open();
    await first.update(() => ({ a: 1 }));
    const session = sessions.open(first.sessionKey);
    setBroken(true);
    await expect(session.get('a')).rejects.toEqual(code('SESSION_UNAVAILABLE'));
    expect(session.sessionKey).toBe(first.sessionKey);
    setBroken(false);
    expect(await session.get('a')).toBe(1);
  });

  it.each([
    ['none', 'SESSION_UNAVAILABLE'],
    ['unknown', 'SESSION_UNKNOWN_OUTCOME'],
  ] as const)('with outcome %s a write is %s and the session can go on', async (outcome, expected) => {
    const { sessions, setBroken } = failing(outcome);
    const session = sessions.open();
    await session.update(() => ({ a: 1 }));
    setBroken(true);
    await expect(session.update((data) => ({ ...data, b: 1 }))).rejects.toEqual(code(expected));
    await expect(session.flush()).rejects.toEqual(code(expected));
    await expect(session.cycleKey()).rejects.toEqual(code(expected));
    setBroken(false);
    expect(await session.entries()).toEqual([['a', 1]]);
    expect(await sessions.open(session.sessionKey).entries()).toEqual([['a', 1]]);
  });
});

describe('data that cannot be decoded', () => {
  const undecodable = async () => {
    const events: string[] = [];
    const { sessions, memory, saved } = open({ onEvent: (event) => void events.push(event) });
    const key = await saved({ a: 1 });
    const [stored, row] = [...memory.site.rows][0] as [never, object];
    memory.site.rows.set(stored, { ...row, data: 'secret-but-not-json' } as never);
    return { sessions, memory, key, events };
  };

  it.each([
    ['get', (s: Session) => s.get('a')],
    ['set', (s: Session) => s.set('a', 1)],
    ['update', (s: Session) => s.update(() => ({}))],
    ['save', (s: Session) => s.save()],
    ['clear and save', (s: Session) => s.clear().then(() => s.save())],
    ['cycleKey', (s: Session) => s.cycleKey()],
    ['login', (s: Session) => s.login('u')],
    ['touch', (s: Session) => s.touch()],
  ])('makes %s fail, and is left as it is', async (_name, act) => {
    const { sessions, memory, key, events } = await undecodable();
    const error = await act(sessions.open(key)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toEqual(code('SESSION_UNDECODABLE'));
    expect(`${String(error)} ${String((error as SessionError).cause)}`).not.toContain('secret');
    expect([...memory.site.rows.values()]).toMatchObject([{ data: 'secret-but-not-json' }]);
    expect(events).toEqual(['undecodable']);
  });

  it('is discarded by flush alone', async () => {
    const { sessions, memory, key } = await undecodable();
    const session = sessions.open(key);
    await expect(session.get('a')).rejects.toThrow(SessionError);
    await session.flush();
    expect([...memory.site.rows.values()]).toMatchObject([{ data: null }]);
    expect(await session.keys()).toEqual([]);
  });
});
