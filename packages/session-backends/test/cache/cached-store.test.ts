import {
  cachedStore,
  createSessions,
  drawSessionKey,
  encodeKey,
  memoryCache,
  memoryStore,
  pgExecutor,
  redisCache,
  type RedisLike,
  type SessionCache,
  type SessionOperation,
  type SessionRecord,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { gatedStore } from '../support/gated-store.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';

let databases: TestDatabases;
let servers: TestRedis;
beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
  // From here on the server knows the scripts, so that commands are carried out in the order they are sent in.
  const cache = redisCache({ redis: servers.redis, prefix: servers.prefix });
  const [key, record] = [newKey(), { data: '{}', version: 1, expiresAt: later(), userId: null }];
  await cache.get([key]);
  await cache.fill([{ key, token: '', record }]);
  await cache.change([{ kind: 'drop', key }]);
});
afterAll(() => Promise.all([databases.close(), servers.close()]));

const database = (): SessionStore =>
  fencedStore({ sites: [postgresSite({ name: 'old', executor: pgExecutor(databases.main) })] });
const later = (): Date => new Date(Date.now() + 60_000);
const newKey = (): StoredKey => encodeKey(drawSessionKey());

const create = (key: StoredKey, data = '{"n":0}'): SessionOperation => ({
  kind: 'create',
  key,
  data,
  expiresAt: later(),
  userId: null,
  fresh: true,
});
const update = (key: StoredKey, data: string, expectedVersion?: number): SessionOperation => ({
  kind: 'update',
  key,
  data,
  expiresAt: later(),
  userId: null,
  expectedVersion,
});
const destroy = (key: StoredKey): SessionOperation => ({ kind: 'destroy', key });

async function dataOf(store: SessionStore, key: StoredKey): Promise<string | undefined> {
  const [result] = await store.load([key]);
  if (result?.status === 'unavailable') throw result.cause;
  return result?.status === 'found' ? result.record.data : undefined;
}

async function versionOf(store: SessionStore, operation: SessionOperation): Promise<number> {
  const [result] = await store.apply([operation]);
  if (result?.status !== 'ok') throw new Error(`expected ok, got ${String(result?.status)}`);
  return result.version;
}

const caches: [string, () => SessionCache][] = [
  ['Redis', () => redisCache({ redis: servers.redis, prefix: servers.prefix })],
  ['memory', () => memoryCache()],
];

describe.each(caches)('a database behind a cache in %s', (_name, openCache) => {
  const open = () => {
    const plain = database();
    const gated = gatedStore(plain);
    const cache = openCache();
    return { plain, gated, cache, store: cachedStore({ store: gated, cache }) };
  };

  /** A session that is in the database and not in the cache. */
  const uncached = async (): Promise<ReturnType<typeof open> & { key: StoredKey }> => {
    const opened = open();
    const key = newKey();
    await opened.plain.apply([create(key)]);
    return { ...opened, key };
  };

  it('asks the database once and then the cache', async () => {
    const { store, gated, key } = await uncached();
    expect(await dataOf(store, key)).toBe('{"n":0}');
    expect(await dataOf(store, key)).toBe('{"n":0}');
    expect(gated.calls.load).toBe(1);
  });

  it('holds what was created, and what was updated, with user and expiry', async () => {
    const { store, plain, gated } = open();
    const key = newKey();
    await store.apply([{ ...create(key), userId: 'u' } as SessionOperation]);
    await store.apply([{ ...update(key, '{"n":1}'), userId: 'u' } as SessionOperation]);
    expect(await store.load([key])).toEqual(await plain.load([key]));
    expect(gated.calls.load).toBe(0);
  });

  it('stale populate: a reader that loaded before a save does not put the old data into the cache', async () => {
    const { store, gated, key } = await uncached();
    const release = gated.hold('load');
    const reader = dataOf(store, key);
    await gated.held('load');
    await store.apply([update(key, '{"n":1}')]);
    release();
    await reader;
    expect(await dataOf(store, key)).toBe('{"n":1}');
  });

  it('stale populate: a reader that loaded before a logout does not bring the session back', async () => {
    const { store, gated, key } = await uncached();
    const release = gated.hold('load');
    const reader = dataOf(store, key);
    await gated.held('load');
    await store.apply([destroy(key)]);
    release();
    await reader;
    expect(await dataOf(store, key)).toBeUndefined();
  });

  it('two writers whose cache changes arrive in the other order leave the later data', async () => {
    const { store, gated, key, cache, plain } = await uncached();
    await dataOf(store, key);
    const slow = cachedStore({ store: gated, cache });
    const release = gated.hold('apply');
    const first = slow.apply([update(key, '{"n":"A"}')]);
    await gated.held('apply');
    await cachedStore({ store: plain, cache }).apply([update(key, '{"n":"B"}')]);
    release();
    await first;
    expect(await dataOf(store, key)).toBe('{"n":"B"}');
    expect(gated.calls.load).toBe(1);
  });

  it('save versus logout: the saver that comes late to the cache does not bring the session back', async () => {
    const { store, gated, key, cache, plain } = await uncached();
    await dataOf(store, key);
    const release = gated.hold('apply');
    const saver = store.apply([update(key, '{"n":1}')]);
    await gated.held('apply');
    await cachedStore({ store: plain, cache }).apply([destroy(key)]);
    release();
    await saver;
    expect(await dataOf(store, key)).toBeUndefined();
  });

  it('a late save does not come back even after the tombstone has left the cache', async () => {
    const { store, gated, key, cache, plain } = await uncached();
    await dataOf(store, key);
    const release = gated.hold('apply');
    const saver = store.apply([update(key, '{"n":1}')]);
    await gated.held('apply');
    await cachedStore({ store: plain, cache }).apply([destroy(key)]);
    await cache.change([{ kind: 'drop', key }]);
    release();
    await saver;
    expect(await dataOf(store, key)).toBeUndefined();
  });

  it('a touch moves the expiry in the cache and keeps the data', async () => {
    const { store, plain, gated } = open();
    const key = newKey();
    await store.apply([create(key)]);
    await store.apply([{ kind: 'touch', key, expiresAt: new Date(Date.now() + 600_000) }]);
    expect(await store.load([key])).toEqual(await plain.load([key]));
    expect(gated.calls.load).toBe(0);
  });

  it("a touch that passes over somebody else's save does not keep the data from before it", async () => {
    const { store, plain } = open();
    const key = newKey();
    await store.apply([create(key)]);
    await plain.apply([update(key, '{"n":1}')]);
    await store.apply([{ kind: 'touch', key, expiresAt: later() }]);
    expect(await dataOf(store, key)).toBe('{"n":1}');
  });

  it('a touch that is the first write of an epoch does not keep the data: there may have been a save before it', async () => {
    const { cache } = open();
    const key = newKey();
    const record = { data: 'old', version: 2 ** 40 + 7, expiresAt: later(), userId: null };
    await cache.change([{ kind: 'insert', key, record }]);
    await cache.change([{ kind: 'touch', key, version: 2 * 2 ** 40 + 1, expiresAt: later() }]);
    expect(await cache.get([key])).toMatchObject([{ status: 'miss' }]);
  });

  it('a create of a key that others know comes late to the cache and does not hide a save that came after it', async () => {
    const { store, gated, cache, plain } = open();
    const key = newKey();
    const release = gated.hold('apply');
    const creator = store.apply([{ ...create(key), fresh: false } as SessionOperation]);
    await gated.held('apply');
    await cachedStore({ store: plain, cache }).apply([update(key, '{"n":1}')]);
    release();
    await creator;
    expect(await dataOf(store, key)).toBe('{"n":1}');
  });

  it('a rename leaves nothing under the old key and everything under the new one', async () => {
    const { store, gated } = open();
    const [key, fresh] = [newKey(), newKey()];
    const newKeyInBucket = (key.slice(0, 2) + fresh.slice(2)) as StoredKey;
    const version = await versionOf(store, create(key));
    const rename = {
      kind: 'rename',
      key,
      newKey: newKeyInBucket,
      data: '{"n":1}',
      expiresAt: later(),
      expectedVersion: version,
      userId: 'u',
    } as const;
    await versionOf(store, rename);
    expect(await dataOf(store, key)).toBeUndefined();
    expect(await dataOf(store, newKeyInBucket)).toBe('{"n":1}');
    expect(gated.calls.load).toBe(0);
  });

  it('a conflict teaches the cache what is there', async () => {
    const { store, plain, key } = await uncached();
    await dataOf(store, key);
    const version = await versionOf(plain, update(key, '{"n":1}'));
    const [result] = await store.apply([update(key, '{"n":2}', version - 1)]);
    expect(result).toMatchObject({ status: 'conflict', current: { data: '{"n":1}', version } });
    expect(await dataOf(store, key)).toBe('{"n":1}');
  });

  it('a write whose outcome is unknown keeps the key out of the cache', async () => {
    const { plain, cache } = open();
    const key = newKey();
    await plain.apply([create(key)]);
    const lossy: SessionStore = {
      ...plain,
      apply: async (operations) => {
        await plain.apply(operations);
        return operations.map(() => ({ status: 'unavailable', outcome: 'unknown', cause: 'lost' }));
      },
    };
    const store = cachedStore({ store: lossy, cache });
    expect(await dataOf(store, key)).toBe('{"n":0}');
    await store.apply([update(key, '{"n":1}')]);
    expect(await dataOf(store, key)).toBe('{"n":1}');
    await plain.apply([update(key, '{"n":2}')]);
    expect(await dataOf(store, key)).toBe('{"n":2}');
  });

  it('a hundred concurrent misses of one key are one query', async () => {
    const { store, gated, key } = await uncached();
    const all = await Promise.all(Array.from({ length: 100 }, () => dataOf(store, key)));
    expect(new Set(all)).toEqual(new Set(['{"n":0}']));
    expect(gated.calls.load).toBe(1);
  });

  it('a miss after a save does not share the load that began before it', async () => {
    const { store, gated, key } = await uncached();
    const release = gated.hold('load');
    const before = dataOf(store, key);
    await gated.held('load');
    await store.apply([update(key, '{"n":1}')]);
    const after = dataOf(store, key);
    release();
    expect(await Promise.all([before, after])).toEqual(['{"n":0}', '{"n":1}']);
  });

  it('answers many keys at once, each from where it is', async () => {
    const { store, plain, gated } = open();
    const keys = [newKey(), newKey(), newKey(), newKey()] as const;
    await plain.apply([create(keys[0], '0')]);
    await store.apply([create(keys[1], '1')]);
    await store.apply([create(keys[3], '3'), create(keys[2], '2')].slice(0, 1));
    await store.apply([destroy(keys[3])]);
    const results = await store.load(keys);
    expect(results.map((result) => (result.status === 'found' ? result.record.data : result.status))).toEqual([
      '0',
      '1',
      'absent',
      'absent',
    ]);
    expect(gated.calls.load).toBe(1);
  });

  it('64 parallel updates of one session in four processes lose nothing', async () => {
    const { cache } = open();
    const processes = Array.from({ length: 4 }, () =>
      createSessions({ store: cachedStore({ store: database(), cache }) }),
    );
    const first = processes[0]?.open();
    await first?.update(() => ({ lines: {} }));
    await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        processes[i % 4]?.open(first?.sessionKey).update((data) => {
          (data['lines'] as Record<string, number>)[`p${i}`] = 1;
        }),
      ),
    );
    for (const process of processes)
      expect(Object.keys((await process.open(first?.sessionKey).get('lines')) as object)).toHaveLength(64);
  });
});

describe('a database behind Redis', () => {
  it('answers from the database when Redis fails, and does not call that absent', async () => {
    const failing: RedisLike = {
      evalsha: () => Promise.reject(new Error('down')),
      eval: () => Promise.reject(new Error('down')),
      mget: () => Promise.reject(new Error('down')),
      set: () => Promise.reject(new Error('down')),
    };
    const errors: unknown[] = [];
    const plain = memoryStore();
    const store = cachedStore({
      store: plain,
      cache: redisCache({ redis: failing }),
      onCacheError: (error) => errors.push(error),
    });
    const key = newKey();
    await plain.apply([create(key)]);
    expect(await dataOf(store, key)).toBe('{"n":0}');
    // Others may go on seeing what was there: the write is done, but is not called so.
    expect(await store.apply([destroy(key)])).toMatchObject([{ status: 'unavailable', outcome: 'unknown' }]);
    expect(await dataOf(store, key)).toBeUndefined();
    expect(errors).toHaveLength(3);
  });

  it('keeps an entry no longer than the session lives, nor than it is told to', async () => {
    const plain = memoryStore();
    const record = (ms: number): SessionRecord => ({
      data: '{}',
      expiresAt: new Date(Date.now() + ms),
      version: 2 ** 40 + 1,
      userId: null,
    });
    const cache = redisCache({ redis: servers.redis, prefix: servers.prefix, maxAgeMs: 60_000 });
    const [short, long] = [newKey(), newKey()];
    await cache.change([
      { kind: 'insert', key: short, record: record(5_000) },
      { kind: 'insert', key: long, record: record(600_000) },
    ]);
    const ttl = (key: StoredKey): Promise<number> => servers.redis.pttl(servers.prefix + key);
    expect(await ttl(short)).toBeLessThanOrEqual(5_000);
    expect(await ttl(short)).toBeGreaterThan(4_000);
    expect(await ttl(long)).toBeLessThanOrEqual(60_000);
    expect(await dataOf(cachedStore({ store: plain, cache }), short)).toBe('{}');
  });

  it('compares versions exactly up to the largest', async () => {
    const cache = redisCache({ redis: servers.redis, prefix: servers.prefix });
    const key = newKey();
    const highest = 8191 * 2 ** 40 + (2 ** 40 - 1);
    const put = (version: number, data: string) =>
      cache.change([{ kind: 'insert', key, record: { data, version, expiresAt: later(), userId: null } }]);
    await put(highest - 1, 'older');
    await put(highest, 'newest');
    await put(highest - 1, 'older again');
    await put(95, 'oldest');
    expect(await cache.get([key])).toMatchObject([{ status: 'hit', record: { data: 'newest', version: highest } }]);
  });

  it('reads by a script where the server is older than 7.0, and tries the command no more', async () => {
    const { redis, prefix } = servers;
    let tries = 0;
    const older: RedisLike = {
      evalsha: (...args) => redis.evalsha(...args),
      eval: (...args) => redis.eval(...args),
      mget: (...keys) => redis.mget(...keys),
      set: () => (tries++, Promise.reject(new Error('ERR syntax error'))),
    };
    const store = memoryStore();
    const cached = cachedStore({ store, cache: redisCache({ redis: older, prefix }) });
    const key = newKey();
    await store.apply([create(key)]);
    expect(await dataOf(cached, key)).toBe(await dataOf(store, key));
    await store.apply([{ kind: 'destroy', key }]);
    // From the cache, which has not been told.
    expect(await dataOf(cached, key)).toBeDefined();
    expect(tries).toBe(1);
  });

  it('needs one round trip for a cached load', async () => {
    let calls = 0;
    const counting: RedisLike = {
      evalsha: (...args) => (calls++, servers.redis.evalsha(...args)),
      eval: (...args) => (calls++, servers.redis.eval(...args)),
      mget: (...keys) => (calls++, servers.redis.mget(...keys)),
      set: (...args) => (calls++, servers.redis.set(...args)),
    };
    const store = cachedStore({ store: memoryStore(), cache: redisCache({ redis: counting, prefix: servers.prefix }) });
    const key = newKey();
    await store.apply([create(key)]);
    calls = 0;
    await dataOf(store, key);
    expect(calls).toBe(1);
  });
});
