import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { memoryDirectory } from '../../src/admin/memory-directory.ts';
import { postgresDirectory } from '../../src/admin/postgres-directory.ts';
import { revokeSessions } from '../../src/admin/revoke-sessions.ts';
import { cachedStore } from '../../src/cache/cached-store.ts';
import { postgresCacheRegister } from '../../src/cache/postgres-cache-register.ts';
import { redisCache } from '../../src/cache/redis-cache.ts';
import { versionOf } from '../../src/fence/rules.ts';
import { bucketOfStored, drawSessionKeyInBucket, encodeKey, type StoredKey } from '../../src/keys.ts';
import { memoryStore } from '../../src/memory-store.ts';
import { migratingStore, type MigratingStore } from '../../src/migrating/migrating-store.ts';
import type { MoveFlags } from '../../src/migrating/move-flags.ts';
import { twoDatabaseStore, type TwoDatabaseStore } from '../../src/migrating/two-database-store.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { create } from '../../src/testing/contract-world.ts';
import type { SessionStore } from '../../src/store.ts';
import { dataOf, PAUSE_MS, startCacheProcess, timed, TIMES, untilCached } from '../support/cache-process.ts';
import { databaseStore, FLAGS } from '../support/contract-stores.ts';
import { AUTHORITY, writeFences } from '../support/fence-rows.ts';
import { newKey } from '../support/new-key.ts';
import { openTestRedis } from '../support/redis.ts';

const MOVE = '00000000-0000-0000-0000-00000000000a';

const BODY = {
  data: '{}',
  expiresAt: new Date(Date.now() + 3_600_000),
  userId: 'ada',
  expectedVersion: undefined,
} as const;

/** A new session, of Ada's if nobody else is named. */
async function open(store: SessionStore, userId: string | null = 'ada', key = newKey()): Promise<StoredKey> {
  const [result] = await store.apply([create(key, { userId })]);
  if (result?.status !== 'ok') throw new Error(`not created: ${String(result?.status)}`);
  return key;
}

const alive = async (store: SessionStore, keys: readonly StoredKey[]): Promise<boolean[]> =>
  (await store.load(keys)).map(({ status }) => {
    if (status === 'unavailable') throw new Error('the store cannot tell');
    return status === 'found';
  });

describe('revoking the sessions of a user', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(async () => {
    for (const [pool, state] of [
      [databases.main, 'auth'],
      [databases.sessions, 'idle'],
    ] as const) {
      await pool.query(
        'update session_fence set move_id = null, epoch = 1, state = $1, merge = false, capture = false, floor = 0',
        [state],
      );
      await pool.query('truncate session, session_outbox, session_lease');
    }
  });

  const directory = (pool = databases.main) => postgresDirectory(pgExecutor(pool));

  it('destroys all of them, and nobody else’s', async () => {
    const store = databaseStore(databases.main);
    const others = [await open(store, 'eve'), await open(store, null)];
    // More than are looked at, or destroyed, at once.
    const keys = Array.from({ length: 130 }, newKey);
    await store.apply(keys.map((key) => create(key, { userId: 'ada' })));
    const options = { store, directories: [directory()], userId: 'ada', pageSize: 50 };
    expect(await revokeSessions(options)).toBe(130);
    expect((await alive(store, keys)).some(Boolean)).toBe(false);
    expect(await alive(store, others)).toEqual([true, true]);
    expect(await revokeSessions(options)).toBe(0);
  });

  it('leaves nothing for a request that began before to save', async () => {
    const store = databaseStore(databases.main);
    const key = await open(store);
    await revokeSessions({ store, directories: [directory()], userId: 'ada' });
    expect(await store.apply([{ kind: 'update', key, ...BODY }])).toMatchObject([{ status: 'gone' }]);
  });

  it('finds a session, too, that gets a new key meanwhile', async () => {
    const site = memoryStore();
    const key = await open(site);
    const renamed = encodeKey(drawSessionKeyInBucket(bucketOfStored(key)));
    let once = true;
    const store: SessionStore = {
      load: site.load,
      apply: async (operations) => {
        if (once) await site.apply([{ kind: 'rename', key, newKey: renamed, ...BODY }]);
        once = false;
        return site.apply(operations);
      },
    };
    await revokeSessions({ store, directories: [memoryDirectory(site.site)], userId: 'ada' });
    expect(await alive(site, [key, renamed])).toEqual([false, false]);
  });

  it.each([
    ['down', 'SESSION_UNAVAILABLE'],
    ['loses answers', 'SESSION_UNKNOWN_OUTCOME'],
  ] as const)('is not done when the store is %s', async (fault, code) => {
    const whole = databaseStore(databases.main);
    await open(whole);
    const writing = new FaultyStore(whole);
    writing.fault = fault;
    const store: SessionStore = { load: whole.load, apply: (operations) => writing.apply(operations) };
    await expect(revokeSessions({ store, directories: [directory()], userId: 'ada' })).rejects.toMatchObject({
      code,
    });
  });

  describe('that are cached', () => {
    it('by a cache that the tool goes through, in every process', async () => {
      const { redis, prefix, close } = await openTestRedis();
      try {
        const process = () =>
          cachedStore({ store: databaseStore(databases.main), cache: redisCache({ redis, prefix }) });
        const [one, two] = [process(), process()];
        const key = await open(one);
        expect(await alive(two, [key])).toEqual([true]);
        expect(await revokeSessions({ store: one, directories: [directory()], userId: 'ada' })).toBe(1);
        expect(await alive(two, [key])).toEqual([false]);
      } finally {
        await close();
      }
    });

    it('by a shared cache that the tool knows the register of only, in every process', async () => {
      const { redis, close } = await openTestRedis();
      const pools = [databases.main, databases.sessions];
      const start = () =>
        startCacheProcess({
          redisPort: redis.options.port as number,
          database: databases.main,
          registers: pools.map((pool) => ({ pool })),
          name: 'revoke-test',
        });
      const [one, two] = [await start(), await start()];
      try {
        const key = await open(one.store);
        await Promise.all([untilCached(one, key), untilCached(two, key)]);
        const options = { store: databaseStore(databases.main), directories: [directory()], userId: 'ada' };
        expect(await revokeSessions(options)).toBe(1);
        // So it is without the registers; and so it stays if a tool ends between the two.
        expect(await dataOf(two, key)).toBeDefined();
        const registers = pools.map((pool) =>
          postgresCacheRegister({ executor: pgExecutor(pool), name: 'revoke-test' }),
        );
        const revoking = revokeSessions({ ...options, registers, trustMs: TIMES.trustMs });
        expect(await timed(revoking)).toBeGreaterThanOrEqual(PAUSE_MS - 5);
        expect([await dataOf(one, key), await dataOf(two, key)]).toEqual([undefined, undefined]);
        const again = await open(two.store);
        await untilCached(one, again);
        expect([await dataOf(one, key), await dataOf(two, key)]).toEqual([undefined, undefined]);
      } finally {
        await Promise.all([one.close(), two.close()]);
        await close();
      }
    });
  });

  describe('that lie in two databases', () => {
    const directories = () => [directory(databases.main), directory(databases.sessions)];
    let flags: MoveFlags;
    const process = (): TwoDatabaseStore =>
      twoDatabaseStore({
        site: (name: SiteName, standalone) =>
          postgresSite({
            name,
            standalone,
            executor: pgExecutor(name === 'old' ? databases.main : databases.sessions),
          }),
        flags: () => flags,
      });

    it.each(Object.entries(FLAGS))('of a move with two flags: %s', async (_, now) => {
      flags = now;
      const shop = process();
      const keys = [await open(shop), await open(shop)];
      const tool = process();
      const options = { store: tool, repair: tool.repair, directories: directories(), userId: 'ada' };
      expect(await revokeSessions(options)).toBe(2);
      expect(await alive(shop, keys)).toEqual([false, false]);
      // Neither does the move go on with them, wherever it goes from here.
      for (const next of [FLAGS['migration flag on'], FLAGS['both flags on']] as MoveFlags[]) {
        flags = next;
        expect(await alive(process(), keys)).toEqual([false, false]);
      }
    });

    it('of which one was there before the flag, and only in the old one', async () => {
      flags = FLAGS['both flags off'] as MoveFlags;
      const key = await open(process());
      flags = FLAGS['both flags on'] as MoveFlags;
      const tool = process();
      expect(await revokeSessions({ store: tool, directories: directories(), userId: 'ada' })).toBe(1);
      expect(await alive(process(), [key])).toEqual([false]);
    });

    it('is not done before both know of it', async () => {
      const both = (fault: FaultyStore['fault']): MigratingStore => {
        const fresh = databaseStore(databases.sessions, 'new');
        const writing = new FaultyStore(fresh);
        writing.fault = fault;
        return migratingStore({
          old: databaseStore(databases.main),
          new: { load: fresh.load, apply: (operations) => writing.apply(operations) },
          flags: () => FLAGS['migration flag on'] as MoveFlags,
        });
      };
      const key = await open(both('none'));
      const options = { directories: directories(), userId: 'ada' };
      const broken = both('down');
      await expect(revokeSessions({ ...options, store: broken, repair: broken.repair })).rejects.toMatchObject({
        code: 'SESSION_UNAVAILABLE',
        cause: { message: expect.stringContaining('1 sessions') },
      });
      // That is why: others read the new one first.
      expect(await alive(both('none'), [key])).toEqual([true]);
      const whole = both('none');
      expect(await revokeSessions({ ...options, store: whole, repair: whole.repair })).toBe(1);
      expect(await alive(both('none'), [key])).toEqual([false]);
    });

    it('at the authority, once a fenced move has claimed the new one, whatever the flags say', async () => {
      flags = FLAGS['both flags off'] as MoveFlags;
      const shop = process();
      // In a bucket that is not switched, one in its merge, and one that has settled.
      const keys = await Promise.all(
        [0, 1, 2].map((bucket) => open(shop, 'ada', encodeKey(drawSessionKeyInBucket(bucket)))),
      );
      const claimed = { ...AUTHORITY, moveId: MOVE };
      const { rows } = await databases.main.query<Record<string, unknown>>(
        'select session_key, data, expires_at, version, user_id from session where session_key = $1',
        [keys[2]],
      );
      await writeFences(databases.sessions, [
        { ...claimed, state: 'idle' },
        { ...claimed, epoch: 2, merge: true, capture: true },
        { ...claimed, epoch: 2, capture: true, floor: versionOf(2, 0) },
      ]);
      await writeFences(databases.main, [
        { ...claimed, capture: true },
        { ...claimed, epoch: 2, state: 'gone', capture: true },
        { ...claimed, epoch: 2, state: 'idle', floor: versionOf(2, 0) },
      ]);
      await databases.sessions.query(
        'insert into session (session_key, data, expires_at, version, user_id) values ($1, $2, $3, $4, $5)',
        Object.values(rows[0] as object),
      );
      expect(await alive(shop, keys)).toEqual([true, true, true]);

      const tool = process();
      const options = { store: tool, repair: tool.repair, directories: directories(), userId: 'ada' };
      expect(await revokeSessions(options)).toBe(3);
      expect(await alive(shop, keys)).toEqual([false, false, false]);
      const tombstones = async (pool: TestDatabases['main']): Promise<string[]> =>
        (await pool.query<{ key: string }>('select session_key as key from session where data is null')).rows.map(
          ({ key }) => key,
        );
      expect(await tombstones(databases.main)).toEqual([keys[0]]);
      expect((await tombstones(databases.sessions)).sort()).toEqual([keys[1], keys[2]].sort());
      // What has to be carried across is listed: a copy that is on its way does not bring anything back.
      expect((await databases.main.query('select session_key as key from session_outbox')).rows).toEqual([
        { key: keys[0] },
      ]);
    });
  });
});
