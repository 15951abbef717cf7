import { memoryStore, SessionError, type SessionStore } from '@switchyard/session-backends';
import { BUCKETS } from '@switchyard/session-backends/fence';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { cookieShape } from '../../src/saved/cookie-shape.ts';
import { toSavedSettings, type SavedSessionsOptions } from '../../src/saved/saved-sessions-options.ts';
import { savedSessions, type SavedSessions } from '../../src/saved/saved-sessions.ts';
import { gatedStore } from '../support/gated-store.ts';

const DAY = 86_400_000;
const SID = 'a session id';

type Values = Record<string, unknown>;

function world(options: Partial<SavedSessionsOptions> = {}) {
  let time = 1_800_000_000_000;
  const now = (): number => time;
  const memory = memoryStore({ now });
  const store = new FaultyStore(memory);
  const events: string[] = [];
  const open = (own: Partial<SavedSessionsOptions> = {}): SavedSessions =>
    savedSessions(
      toSavedSettings({ store, now, onEvent: (event) => void events.push(event), ...options, ...own }),
      cookieShape,
    );
  const sessions = open();
  return {
    store,
    rows: memory.site.rows,
    /** A move there and back: from now on versions are of a later epoch. */
    raiseEpoch: () => {
      for (let bucket = 0; bucket < BUCKETS; bucket++) memory.site.setFence(bucket, { epoch: 3 });
    },
    events,
    sessions,
    open,
    pass: (ms: number) => void (time += ms),
    save: (session: object, expiresAt?: Date, by = sessions) => by.save({ sid: SID, session, expiresAt }),
    load: async (by = sessions) => (await by.load(SID)) as Values,
    row: () => [...memory.site.rows.values()][0] as { data: string; expiresAt: Date; version: number; userId: unknown },
    counted: async (work: () => Promise<unknown>): Promise<[loads: number, writes: number]> => {
      const { load, apply } = store.calls;
      await work();
      return [store.calls.load - load, store.calls.apply - apply];
    },
    inDays: (days: number) => new Date(time + days * DAY),
  };
}

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof SessionError ? error.code : error),
  );

describe('what is loaded', () => {
  it('is null for a session that does not exist', async () => {
    expect(await world().sessions.load(SID)).toBeNull();
  });

  it('is a fresh object each time', async () => {
    const { save, load } = world();
    await save({ list: [1] });
    const [one, other] = [await load(), await load()];
    expect(one).toEqual(other);
    expect(one).not.toBe(other);
    expect(one['list']).not.toBe(other['list']);
  });

  it('shows the expiry of the row, which a touch has moved', async () => {
    const { save, load, sessions, inDays } = world();
    const session = { cookie: { expires: inDays(1), originalMaxAge: DAY } };
    await save(session, inDays(1));
    await sessions.touch({ sid: SID, session, expiresAt: inDays(2) });
    expect(await load()).toEqual({ cookie: { expires: inDays(2).toISOString(), originalMaxAge: DAY } });
  });

  it.each(['{"a":', '[1]', '"text"', 'null'])('is an error of its own where the row holds %s', async (data) => {
    const { save, sessions, rows, events } = world();
    await save({ a: 1 });
    for (const [key, row] of rows) rows.set(key, { ...row, data });
    expect(await code(sessions.load(SID))).toBe('SESSION_UNDECODABLE');
    expect(events).toEqual(['undecodable']);
  });

  it('does not reach a prototype', async () => {
    const { save, load, rows } = world();
    await save({ a: 1 });
    const data = '{"__proto__":{"isAdmin":true},"deep":{"\\u005f_proto__":{"isAdmin":true}}}';
    for (const [key, row] of rows) rows.set(key, { ...row, data });
    const session = await load();
    expect(session['isAdmin']).toBeUndefined();
    expect((session['deep'] as Values)['isAdmin']).toBeUndefined();
    expect(Object.getPrototypeOf(session)).toBe(Object.prototype);
  });

  it('is never a miss when the store rejects, whatever the error is', async () => {
    const store: SessionStore = {
      load: () => Promise.reject(Object.assign(new Error('no socket'), { code: 'ENOENT' })),
      apply: () => Promise.reject(new Error('no socket')),
    };
    const { sessions } = world({ store });
    expect(await code(sessions.load(SID))).toBe('SESSION_UNAVAILABLE');
    expect(await code(sessions.save({ sid: SID, session: {}, expiresAt: undefined }))).toBe('SESSION_UNKNOWN_OUTCOME');
  });
});

describe('a save', () => {
  it('of an object that was loaded is an update, and costs one write', async () => {
    const { save, load, counted, row } = world();
    await save({ a: 1 });
    const session = await load();
    session['a'] = 2;
    expect(await counted(() => save(session))).toEqual([0, 1]);
    session['a'] = 3;
    expect(await counted(() => save(session))).toEqual([0, 1]);
    expect(row().data).toBe('{"a":3}');
  });

  it('writes what the object held when it was called', async () => {
    const { save, row } = world({ userIdOf: ({ user }) => (user as string | undefined) ?? null });
    const session: Values = { a: 1, user: 'u1' };
    const saved = save(session);
    Object.assign(session, { a: 2, user: 'u2' });
    await saved;
    expect(row()).toMatchObject({ data: '{"a":1,"user":"u1"}', userId: 'u1' });
  });

  it('of the same object, twice at once, ends with the later one', async () => {
    const { save, load, row, events } = world();
    await save({ a: 1 });
    const session = await load();
    session['a'] = 2;
    const first = save(session);
    delete session['a'];
    session['b'] = 3;
    await Promise.all([first, save(session)]);
    expect(row().data).toBe('{"b":3}');
    expect(events).toEqual([]);
  });

  it.each([
    ['one process', 1],
    ['two processes', 2],
  ])('is merged over what others saved meanwhile, in %s', async (_name, processes) => {
    const { save, load, open, sessions, row } = world();
    const other = processes === 1 ? sessions : open();
    await save({ kept: 0, gone: 0, lines: { tea: 1 } });
    const [ours, theirs] = [await load(), await load(other)];
    (ours['lines'] as Values)['coffee'] = 1;
    delete ours['gone'];
    (theirs['lines'] as Values)['cake'] = 2;
    theirs['new'] = true;
    await Promise.all([save(ours), save(theirs, undefined, other)]);
    expect(JSON.parse(row().data)).toEqual({ kept: 0, lines: { tea: 1, coffee: 1, cake: 2 }, new: true });
  });

  it('after a merge leaves alone what others wrote', async () => {
    const { save, load, row } = world();
    await save({ a: 0 });
    const [ours, theirs] = [await load(), await load()];
    await save(Object.assign(theirs, { theirs: 1 }));
    await save(Object.assign(ours, { ours: 1 }));
    await save(Object.assign(ours, { ours: 2 }));
    expect(JSON.parse(row().data)).toEqual({ a: 0, theirs: 1, ours: 2 });
  });

  it('of a value that others changed too wins, and is told', async () => {
    const { save, load, row, events } = world();
    await save({ a: 0 });
    const [ours, theirs] = [await load(), await load()];
    await save(Object.assign(theirs, { a: 1 }));
    await save(Object.assign(ours, { a: 2 }));
    expect(row().data).toBe('{"a":2}');
    expect(events).toContain('overwritten');
  });

  it('asks the resolver about such a value, which may refuse', async () => {
    const { save, load, row } = world({
      resolve: ({ path, ours, theirs }) => {
        if (path.join() === 'refused') throw new SessionError('SESSION_CONFLICT');
        return [...(theirs as string[]), ...(ours as string[])];
      },
    });
    await save({ list: [] });
    const [ours, theirs, refused] = [await load(), await load(), await load()];
    await save(Object.assign(theirs, { list: ['b'], refused: 1 }));
    await save(Object.assign(ours, { list: ['a'] }));
    expect(await code(save(Object.assign(refused, { refused: 2 })))).toBe('SESSION_CONFLICT');
    expect(row().data).toBe('{"list":["b","a"],"refused":1}');
  });

  it('never asks about the cookie', async () => {
    const resolve = jest.fn();
    const { save, load, row, inDays } = world({ resolve });
    await save({ cookie: { expires: inDays(1), path: '/' } });
    const [ours, theirs] = [await load(), await load()];
    (theirs['cookie'] as Values)['path'] = '/a';
    await save(theirs);
    (ours['cookie'] as Values)['path'] = '/b';
    await save(ours);
    expect(resolve).not.toHaveBeenCalled();
    expect(JSON.parse(row().data)).toMatchObject({ cookie: { path: '/b' } });
  });

  it('keeps the user that another request has logged in meanwhile', async () => {
    const { save, load, row } = world({ userIdOf: ({ user }) => (user as string | undefined) ?? null });
    await save({});
    const [ours, theirs] = [await load(), await load()];
    await save(Object.assign(theirs, { user: 'u1' }));
    await save(Object.assign(ours, { seen: true }));
    expect(row()).toMatchObject({ userId: 'u1' });
  });

  it('of a session that was destroyed writes nothing, says so and counts it', async () => {
    const { save, load, sessions, events, row } = world();
    await save({ a: 1 });
    const session = await load();
    await sessions.destroy(SID);
    expect(await save(Object.assign(session, { a: 2 }))).toBe('gone');
    expect(await save({ a: 3 })).toBe('gone');
    expect(await sessions.load(SID)).toBeNull();
    expect(row().data).toBeNull();
    expect(events).toEqual(['gone', 'gone']);
  });

  it('of an object that the session does not come from replaces it', async () => {
    const { save, row } = world();
    await save({ a: 1 });
    expect(await save({ b: 2 })).toBe('saved');
    expect(row().data).toBe('{"b":2}');
  });

  it('does not replace what cannot be decoded, nor merge over it', async () => {
    const { save, load, rows, row } = world();
    await save({ a: 1 });
    const session = await load();
    for (const [key, each] of rows) rows.set(key, { ...each, data: 'spoilt', version: each.version + 1 });
    expect(await code(save({ b: 2 }))).toBe('SESSION_UNDECODABLE');
    expect(await code(save(Object.assign(session, { a: 2 })))).toBe('SESSION_UNDECODABLE');
    expect(row().data).toBe('spoilt');
  });

  it('that is too large, or grows too large by a merge, is refused', async () => {
    const { save, load, row } = world({ maxBytes: 30 });
    expect(await code(save({ text: 'ä'.repeat(12) }))).toBe('SESSION_TOO_LARGE');
    await save({});
    const [ours, theirs] = [await load(), await load()];
    await save(Object.assign(theirs, { a: '1234567890' }));
    expect(await code(save(Object.assign(ours, { b: '1234567890' })))).toBe('SESSION_TOO_LARGE');
    expect(row().data).toBe('{"a":"1234567890"}');
  });

  it.each([
    ['down', 'SESSION_UNAVAILABLE'],
    ['loses answers', 'SESSION_UNKNOWN_OUTCOME'],
  ] as const)('to a store that is %s is %s', async (fault, expected) => {
    const { save, store } = world();
    store.fault = fault;
    expect(await code(save({ a: 1 }))).toBe(expected);
  });

  it('after a lost answer is not in conflict with itself', async () => {
    const { save, load, store, row, events } = world();
    await save({ a: 1 });
    const session = await load();
    store.fault = 'loses answers';
    await code(save(Object.assign(session, { a: 2 })));
    store.fault = 'none';
    await save(Object.assign(session, { b: 3 }));
    expect(row().data).toBe('{"a":2,"b":3}');
    expect(events).not.toContain('overwritten');
  });

  it('takes any expiry', async () => {
    const { save, row, inDays, load } = world({ ttlMs: 2 * DAY });
    await save({ a: 1 }, new Date(Number.NaN));
    expect(row().expiresAt).toEqual(inDays(2));
    await save(Object.assign(await load(), { a: 2 }), new Date(-8.64e15));
    expect(row().expiresAt).toEqual(new Date(0));
  });
});

describe('a save or touch that changes nothing', () => {
  const renewals = ['save', 'touch'] as const;

  it.each(renewals)(
    '(%s) is written when it moves the expiry by a tenth of the age, without the data',
    async (kind) => {
      const { save, load, sessions, inDays, pass, row, counted } = world();
      await save({ a: 1, cookie: { expires: inDays(10), originalMaxAge: 10 * DAY } }, inDays(10));
      const { data, version } = row();
      const session = await load();
      const renew = () => {
        Object.assign(session['cookie'] as Values, { expires: inDays(10), originalMaxAge: 10 * DAY - 1 });
        return sessions[kind]({ sid: SID, session, expiresAt: inDays(10) });
      };
      pass(0.9 * DAY);
      expect(await counted(renew)).toEqual([0, 0]);
      pass(0.2 * DAY);
      expect(await counted(renew)).toEqual([0, 1]);
      expect(await counted(renew)).toEqual([0, 0]);
      expect(row()).toMatchObject({ data, version: version + 1, expiresAt: inDays(10) });
    },
  );

  it.each(renewals)('(%s) is always written for a session of five minutes, or where it is told to', async (kind) => {
    const short = new Date(1_800_000_000_000 + 300_000);
    for (const options of [{}, { touchAfterMs: 0 }]) {
      const { save, load, sessions, inDays, counted } = world(options);
      const expiresAt = 'touchAfterMs' in options ? inDays(10) : short;
      await save({ a: 1 }, expiresAt);
      const session = await load();
      expect(await counted(() => sessions[kind]({ sid: SID, session, expiresAt }))).toEqual([0, 1]);
    }
  });

  it.each(renewals)('(%s) is written once for requests that come at once', async (kind) => {
    const { save, load, sessions, inDays, pass, counted } = world();
    await save({ a: 1 }, inDays(10));
    const loaded = await Promise.all(Array.from({ length: 10 }, () => load()));
    pass(2 * DAY);
    const renewed = await counted(() =>
      Promise.all(loaded.map((session) => sessions[kind]({ sid: SID, session, expiresAt: inDays(10) }))),
    );
    expect(renewed).toEqual([0, 1]);
  });

  it.each(renewals)('(%s) brings nothing back', async (kind) => {
    const { save, load, sessions, inDays, row, events } = world();
    await save({ a: 1 }, inDays(1));
    const session = await load();
    await sessions.destroy(SID);
    await sessions[kind]({ sid: SID, session, expiresAt: inDays(2) });
    expect(row().data).toBeNull();
    expect(events).toEqual([]);
  });

  it('(touch) of a session that nobody knows creates nothing', async () => {
    const { sessions, rows, inDays } = world();
    await sessions.touch({ sid: SID, session: { a: 1 }, expiresAt: inDays(1) });
    expect(rows.size).toBe(0);
  });

  it('is followed by a save that is not in conflict', async () => {
    const { save, load, sessions, inDays, row, events } = world();
    await save({ a: 1 }, inDays(1));
    const session = await load();
    await sessions.touch({ sid: SID, session, expiresAt: inDays(2) });
    await save(Object.assign(session, { a: 2 }), inDays(2));
    expect(row().data).toBe('{"a":2}');
    expect(events).toEqual([]);
  });

  it('(touch) still saves a cookie with other attributes', async () => {
    const { save, load, sessions, inDays, row } = world();
    await save({ a: 1, cookie: { originalMaxAge: DAY } }, inDays(1));
    const session = await load();
    session['cookie'] = { originalMaxAge: 30 * DAY };
    await sessions.touch({ sid: SID, session, expiresAt: inDays(30) });
    expect(row()).toMatchObject({
      data: `{"a":1,"cookie":{"originalMaxAge":${30 * DAY}}}`,
      expiresAt: inDays(30),
    });
  });

  it('(touch) does not save values that a save has failed to write', async () => {
    const { save, load, sessions, store, inDays, row } = world();
    await save({ a: 1 }, inDays(1));
    const session = await load();
    store.fault = 'down';
    await code(save(Object.assign(session, { a: 2 }), inDays(1)));
    store.fault = 'none';
    await sessions.touch({ sid: SID, session, expiresAt: inDays(2) });
    expect(row()).toMatchObject({ data: '{"a":1}', expiresAt: inDays(2) });
  });
});

describe('keys', () => {
  const keys = async (options: Partial<SavedSessionsOptions>): Promise<string[]> => {
    const keyEncoding = options.keyEncoding ?? 'sha256';
    const memory = memoryStore({ keyEncoding });
    const { save } = world({ store: memory, ...options });
    await save({ a: 1 });
    return [...memory.site.rows.keys()];
  };

  it('are hashed, together with the prefix', async () => {
    expect(await keys({})).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await keys({ prefix: 'x:' })).not.toEqual(await keys({}));
  });

  it('can be kept in clear', async () => {
    expect(await keys({ keyEncoding: 'plain', prefix: 'x:' })).toEqual([`x:${SID}`]);
  });
});

it('a destroy waits for the save before it, so that nothing is left', async () => {
  const memory = memoryStore();
  const gated = gatedStore(memory);
  const { save, sessions } = world({ store: gated });
  const release = gated.hold('apply');
  const saved = save({ a: 1 });
  const destroyed = sessions.destroy(SID);
  await gated.held('apply');
  release();
  await Promise.all([saved, destroyed]);
  expect(await sessions.load(SID)).toBeNull();
});

it.each([
  ['store', { store: undefined as never }],
  ['ttlMs', { ttlMs: 0 }],
  ['maxBytes', { maxBytes: Number.NaN }],
  ['touchAfterMs', { touchAfterMs: -1 }],
])('refuses a wrong "%s", by name', (name, options) => {
  expect(() => toSavedSettings({ store: memoryStore(), ...options })).toThrow(
    expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(`"${name}"`) as string }),
  );
});

it('a touch that was the first write of an epoch does not hide what others wrote before it', async () => {
  const { save, load, sessions, open, inDays, raiseEpoch } = world();
  await save({ a: 1 });
  const session = await load();
  await save(Object.assign(await load(open()), { b: 2 }), undefined, open());
  raiseEpoch();
  await sessions.touch({ sid: SID, session, expiresAt: inDays(20) });
  await save(Object.assign(session, { c: 3 }));
  expect(await load()).toEqual({ a: 1, b: 2, c: 3 });
});
