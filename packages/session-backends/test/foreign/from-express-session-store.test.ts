import {
  createSessions,
  memoryStore,
  migratingStore,
  type ApplyResult,
  type MoveFlags,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import {
  fromConnectRedis,
  fromExpressSessionStore,
  fromPrismaSessionStore,
  hashedKeys,
  type ExpressStoreLike,
} from '@switchyard/session-backends/foreign';
import { sessionStoreContract } from '@switchyard/session-backends/testing';

type Callback = (error?: unknown, result?: unknown) => void;
interface Saved {
  readonly cookie?: { readonly expires?: Date };
}

/** As express-session's own MemoryStore: JSON in a map, its end in the cookie. */
const library = (rows = new Map<string, string>()) => ({
  rows,
  get: (sid: string, callback: Callback): unknown =>
    setImmediate(callback, null, rows.has(sid) ? JSON.parse(rows.get(sid) as string) : undefined),
  set: (sid: string, session: Saved, callback: Callback): unknown => {
    rows.set(sid, JSON.stringify(session));
    return setImmediate(callback);
  },
  destroy: (sid: string, callback: Callback): unknown => {
    rows.delete(sid);
    return setImmediate(callback);
  },
});

const sid = 'A-session_id-of-express' as StoredKey;
const HOUR = 3_600_000;
const later = (ms = HOUR): Date => new Date(Date.now() + ms);
const create = (data = '{"n":1}', expiresAt = later()): SessionOperation => ({
  kind: 'create',
  key: sid,
  data,
  expiresAt,
  userId: 'ada',
  fresh: false,
});
const update = (data: string, expectedVersion?: number): SessionOperation => ({
  kind: 'update',
  key: sid,
  data,
  expiresAt: later(),
  expectedVersion,
  userId: 'ada',
});

describe('any store of express-session’s', () => {
  const contract = sessionStoreContract({
    keyEncoding: 'plain',
    lacks: ['failure', 'tombstones', 'opaque data', 'milliseconds', 'atomic writes'],
    open: async () => {
      let ahead = 0;
      const now = (): number => Date.now() + ahead;
      const rows = new Map<string, string>();
      const open = () => fromExpressSessionStore(library(rows), { now });
      return { store: open(), other: open(), pass: async (ms) => void (ahead += ms) };
    },
  });
  it.each(contract)('$name', ({ run }) => run());

  it('has the session as the library has it, and what else there is to know beside it', async () => {
    const its = library();
    const store = fromExpressSessionStore(its);
    const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' };
    const expiresAt = later();
    const [created] = await store.apply([create(JSON.stringify({ cookie, basket: { tea: 1 } }), expiresAt)]);
    const { version } = created as { version: number };
    expect(JSON.parse(its.rows.get(sid) as string)).toEqual({
      cookie,
      basket: { tea: 1 },
      _switchyard: { version, expires: expiresAt.getTime(), user: 'ada' },
    });
    const [found] = await store.load([sid]);
    expect(found).toMatchObject({
      status: 'found',
      record: { data: JSON.stringify({ cookie, basket: { tea: 1 } }), version, expiresAt, userId: 'ada' },
    });
  });

  it('notices what the library writes beside it', async () => {
    const its = library();
    const store = fromExpressSessionStore(its, { userIdOf: ({ user }) => (typeof user === 'string' ? user : null) });
    const cookie = { originalMaxAge: HOUR, expires: later().toISOString() };
    its.rows.set(sid, JSON.stringify({ cookie, user: 'eve' }));
    const load = async () => (await store.load([sid]))[0] as { record: { version: number; userId: string | null } };
    const { version, userId } = (await load()).record;
    expect(userId).toBe('eve');
    its.rows.set(
      sid,
      JSON.stringify({ cookie: { ...cookie, expires: later(HOUR + 5_000).toISOString() }, user: 'eve' }),
    );
    const after = (await load()).record.version;
    expect(after).toBeGreaterThan(version);
    const conflict = (await store.apply([update('{"n":2}', version)]))[0];
    expect(conflict).toMatchObject({ status: 'conflict', current: { version: after } });
    const [written] = await store.apply([update(`{"cookie":${JSON.stringify(cookie)},"n":2}`, after)]);
    const ours = (written as { version: number }).version;
    expect(ours).toBeGreaterThan(after);
    // As the library saves it: with everything that it has loaded.
    const loaded = JSON.parse(its.rows.get(sid) as string) as object;
    its.rows.set(sid, JSON.stringify({ ...loaded, n: 3, cookie: { ...cookie, expires: later(HOUR + 9_000) } }));
    expect((await load()).record.version).toBeGreaterThan(ours);
  });

  it('takes no error for a session that does not exist, however it comes', async () => {
    const failing: Record<string, ExpressStoreLike['get']> = {
      'called back': (_sid, callback) => setImmediate(callback, new Error('down')),
      'called back, as no Error': (_sid, callback) => setImmediate(callback, 'down'),
      thrown: () => {
        throw new Error('down');
      },
      rejected: () => Promise.reject(new Error('down')),
      'kept to itself': () => undefined,
    };
    for (const [how, get] of Object.entries(failing)) {
      const store = fromExpressSessionStore({ ...library(), get }, { timeoutMs: 20 });
      expect([how, (await store.load([sid]))[0]?.status]).toEqual([how, 'unavailable']);
      expect([how, (await store.apply([update('{}')]))[0]]).toMatchObject([how, { outcome: 'none' }]);
    }
  });

  it('says that nobody knows whether a write was done that the library failed at', async () => {
    const its = library();
    const fails = (_sid: string, _session: unknown, callback: Callback): unknown =>
      setImmediate(callback, new Error('down'));
    const store = fromExpressSessionStore({ ...its, set: fails, destroy: (key, callback) => fails(key, 0, callback) });
    expect((await store.apply([create()]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    its.rows.set(sid, '{"n":1}');
    const destroyed = await store.apply([{ kind: 'destroy', key: sid }]);
    expect(destroyed[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
  });

  it('does not write over what the library cannot read', async () => {
    const its = library(new Map([[sid as string, '{"half":']]));
    const unreadable = {
      ...its,
      get: (_sid: string, callback: Callback): unknown => {
        try {
          return callback(null, JSON.parse(its.rows.get(sid) as string));
        } catch (error) {
          return callback(error);
        }
      },
    };
    const store = fromExpressSessionStore(unreadable);
    expect((await store.load([sid]))[0]).toMatchObject({
      status: 'unavailable',
      cause: expect.not.objectContaining({ cause: expect.anything() }),
    });
    expect((await store.load([sid]))[0]).toMatchObject({ cause: { code: 'SESSION_UNDECODABLE' } });
    for (const operation of [create(), update('{}'), { kind: 'destroy', key: sid } as const])
      expect((await store.apply([operation]))[0]?.status).toBe('unavailable');
    expect(its.rows.get(sid)).toBe('{"half":');
  });

  it('is not believed when its server knows better', async () => {
    const its = library();
    const lying = { ...its, get: (_sid: string, callback: Callback): unknown => setImmediate(callback, null, null) };
    const known = fromExpressSessionStore(lying, { expiryOf: async () => later() });
    expect((await known.load([sid]))[0]?.status).toBe('unavailable');
    const gone = fromExpressSessionStore(lying, { expiryOf: async () => 'absent' });
    expect((await gone.load([sid]))[0]?.status).toBe('absent');
    const deaf = { ...its, set: (_sid: string, _session: unknown, callback: Callback) => setImmediate(callback) };
    const written = await fromExpressSessionStore(deaf, { verifyWrites: true }).apply([create()]);
    expect(written[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
  });

  it('has sessions without an end, for as long as is said, under one version', async () => {
    const its = library(new Map([[sid as string, '{"n":1}']]));
    let time = Date.now();
    const store = fromExpressSessionStore(its, { ttlMs: HOUR, expiryOf: async () => 'never', now: () => time });
    const load = async () => (await store.load([sid]))[0] as { record: { version: number; expiresAt: Date } };
    const first = await load();
    expect(first.record.expiresAt.getTime()).toBe(time + HOUR);
    time += 60_000;
    expect((await load()).record.version).toBe(first.record.version);
  });

  it.each([
    ['fromConnectRedis', () => fromConnectRedis({ ...library(), client: {}, prefix: '' }), 'pTTL'],
    ['fromPrismaSessionStore', () => fromPrismaSessionStore(library(), { prisma: {} }), 'no model "session"'],
  ])('%s refuses what it cannot ask', (_, open, words) => {
    expect(open).toThrow(words);
  });
});

describe('a move behind two flags out of a store of express-session’s, into hashed keys', () => {
  it('keeps the session through all four steps, and back from the third', async () => {
    const its = library();
    const fresh = memoryStore();
    let flags: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
    const store = migratingStore({ old: fromExpressSessionStore(its), new: hashedKeys(fresh), flags: () => flags });
    const sessions = createSessions<{ n: number; user: string }>({
      store,
      keyEncoding: 'plain',
      keyAlphabet: 'base64url',
    });
    const session = sessions.open();
    await session.login('ada');
    const count = async (): Promise<number> => {
      await sessions.open(session.sessionKey).update((data) => ({ ...data, n: (data.n ?? 0) + 1 }));
      return (await sessions.open(session.sessionKey).get('n')) as number;
    };
    const settings = ['off off', 'on off', 'on on', 'on off', 'on on', 'off on'] as const;
    for (const [i, setting] of settings.entries()) {
      const [migrationFlag, newDbRouterFlag] = setting.split(' ').map((word) => word === 'on') as [boolean, boolean];
      flags = { migrationFlag, newDbRouterFlag };
      expect([setting, await count()]).toEqual([setting, i + 1]);
      expect(await sessions.open(session.sessionKey).getUserId()).toBe('ada');
    }
    const after = createSessions<{ n: number }>({ store: fresh });
    expect(await after.open(session.sessionKey).get('n')).toBe(settings.length);
    expect([...fresh.site.rows.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it('does not bring back what was logged out while the old copy could not be removed', async () => {
    const its = library();
    let isDown = false;
    const destroy = (key: string, callback: Callback): unknown =>
      isDown ? setImmediate(callback, new Error('down')) : its.destroy(key, callback);
    const fresh = memoryStore();
    const flags = { migrationFlag: true, newDbRouterFlag: true };
    const open = () =>
      migratingStore({
        old: fromExpressSessionStore({ ...its, destroy }),
        new: hashedKeys(fresh),
        flags: () => flags,
      });
    const [created] = (await open().apply([create()])) as [ApplyResult];
    expect(created.status).toBe('ok');
    isDown = true;
    expect((await open().apply([{ kind: 'destroy', key: sid }]))[0]?.status).toBe('ok');
    expect(its.rows.has(sid)).toBe(true);
    // Another process, which knows of no debt.
    expect((await open().load([sid]))[0]?.status).toBe('absent');
  });
});
