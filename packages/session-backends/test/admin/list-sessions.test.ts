import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { fencedStore, memorySite, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { listSessions, type ListSessionsOptions } from '../../src/admin/list-sessions.ts';
import { memoryDirectory } from '../../src/admin/memory-directory.ts';
import { postgresDirectory } from '../../src/admin/postgres-directory.ts';
import { versionOf } from '../../src/fence/rules.ts';
import { drawSessionKey, drawSessionKeyInBucket, encodeKey, type StoredKey } from '../../src/keys.ts';
import { memoryStore } from '../../src/memory-store.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import type { SessionStore } from '../../src/store.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { AUTHORITY, insertRows, writeFences, type StoredRow } from '../support/fence-rows.ts';

const MOVE = '00000000-0000-0000-0000-00000000000a';
const LATER = new Date(Date.now() + 3_600_000);
const EARLIER = new Date(Date.now() - 3_600_000);

const create = async (store: SessionStore, userId: string | null): Promise<StoredKey> => {
  const key = encodeKey(drawSessionKey());
  await store.apply([{ kind: 'create', key, data: '{}', expiresAt: LATER, userId, fresh: true }]);
  return key;
};

const listed = async (options: ListSessionsOptions): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of listSessions(options)) keys.push(key);
  return keys.sort();
};

describe('the list of sessions', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(async () => {
    for (const pool of [databases.main, databases.sessions]) {
      await pool.query('update session_fence set move_id = null');
      await pool.query('truncate session, session_outbox');
    }
  });

  const postgres = () => {
    const store = databaseStore(databases.main);
    return { store, directory: postgresDirectory(pgExecutor(databases.main)) };
  };
  const memory = () => {
    const store = memoryStore();
    return { store, directory: memoryDirectory(store.site) };
  };

  describe.each([
    ['in PostgreSQL', postgres],
    ['in memory', memory],
  ])('%s', (_, open) => {
    it('has the live ones, of everybody or of one user, whatever fits on a page', async () => {
      const { store, directory } = open();
      const ada = [await create(store, 'ada'), await create(store, 'ada'), await create(store, 'ada')].sort();
      const others = [await create(store, null), await create(store, 'eve')];
      const destroyed = await create(store, 'ada');
      await store.apply([{ kind: 'destroy', key: destroyed }]);
      for (const pageSize of [1, 2, 3, 500]) {
        const options = { store, directories: [directory], pageSize };
        expect(await listed({ ...options, userId: 'ada' })).toEqual(ada);
        expect(await listed(options)).toEqual([...ada, ...others].sort());
      }
      expect(await listed({ store, directories: [directory], userId: 'nobody' })).toEqual([]);
    });
  });

  it('leaves expired rows out', async () => {
    const { store, directory } = postgres();
    const row = { data: '{}', version: versionOf(1, 1), userId: 'ada' };
    const [live, expired] = ['aa', 'bb'].map((byte) => byte.repeat(32)) as [string, string];
    await insertRows(databases.main, [
      { ...row, key: live, expiresAt: LATER },
      { ...row, key: expired, expiresAt: EARLIER },
    ]);
    expect(await listed({ store, directories: [directory] })).toEqual([live]);
  });

  it('misses none where the database sorts as people do', async () => {
    const own = await openTestDatabases();
    try {
      await own.main.query('alter table session alter column session_key type text collate "en-x-icu"');
      const keys = ['a-1', 'A-1', 'b_2', 'B2', 'a2', 'Z', 'z', '-9', '_9'];
      await insertRows(
        own.main,
        keys.map((key) => ({ key, data: '{}', expiresAt: LATER, version: versionOf(1, 1) })),
      );
      const executor = pgExecutor(own.main);
      const site = postgresSite({ name: 'old', executor });
      const store = fencedStore({ sites: [site], keyEncoding: 'plain' });
      for (const pageSize of [1, 2, 4])
        expect(await listed({ store, directories: [postgresDirectory(executor)], pageSize })).toEqual([...keys].sort());
    } finally {
      await own.close();
    }
  });

  it('says that it cannot be had, rather than having gaps', async () => {
    const { store, directory } = postgres();
    await create(store, 'ada');
    const down = new FaultyStore(store);
    down.fault = 'down';
    await expect(listed({ store: down, directories: [directory] })).rejects.toMatchObject({
      code: 'SESSION_UNAVAILABLE',
    });
    const away = { keys: () => Promise.reject(new Error('away')) };
    await expect(listed({ store, directories: [directory, away] })).rejects.toMatchObject({
      code: 'SESSION_UNAVAILABLE',
    });
  });

  it('refuses a page that holds nothing', async () => {
    const { store, directory } = memory();
    await expect(listed({ store, directories: [directory], pageSize: 0 })).rejects.toThrow('pageSize');
  });

  describe('of a user whose sessions are on the move', () => {
    const site = (name: SiteName) =>
      postgresSite({ name, executor: pgExecutor(name === 'old' ? databases.main : databases.sessions) });
    const claimed = { ...AUTHORITY, moveId: MOVE };
    /** By bucket: not switched yet; switched and in its merge; switched, and settled long since. */
    const OLD_FENCES = [
      { ...claimed, capture: true },
      { ...claimed, state: 'gone' as const, epoch: 2, capture: true },
      { ...claimed, state: 'idle' as const, epoch: 2, floor: versionOf(2, 0) },
    ];
    const NEW_FENCES = [
      { ...claimed, state: 'idle' as const },
      { ...claimed, epoch: 2, merge: true, capture: true },
      { ...claimed, epoch: 2, capture: true, floor: versionOf(2, 0) },
    ];

    it('has each of them once, as its authority has it', async () => {
      /** What each side has of a session: epoch, data, and whose it is if not Ada's. */
      type Held = readonly [epoch: number, data: string | null, userId?: string];
      const sessions: readonly { bucket: number; old?: Held; new?: Held }[] = [
        { bucket: 0, old: [1, 'here'], new: [1, 'here'] },
        { bucket: 0, new: [1, 'of a copy that came late'] },
        { bucket: 1, old: [1, 'not yet'] },
        { bucket: 1, old: [1, 'copied'], new: [1, 'copied'] },
        { bucket: 1, old: [1, 'stale'], new: [2, 'changed'] },
        { bucket: 1, old: [1, 'stale'], new: [2, null] },
        { bucket: 1, old: [1, 'stale'], new: [2, 'somebody else has logged in', 'eve'] },
        { bucket: 1, new: [2, 'born'] },
        { bucket: 2, old: [1, 'stale'], new: [2, 'settled'] },
        { bucket: 2, old: [1, 'stale'], new: [2, null] },
      ];
      const keys = sessions.map(({ bucket }) => encodeKey(drawSessionKeyInBucket(bucket)));
      const rowsAt = (side: SiteName): StoredRow[] =>
        sessions.flatMap((session, i) => {
          const [epoch, data, userId = 'ada'] = session[side] ?? [];
          if (epoch === undefined || data === undefined) return [];
          return [{ key: keys[i] as string, data, expiresAt: LATER, version: versionOf(epoch, 7), userId }];
        });
      await insertRows(databases.main, rowsAt('old'));
      await insertRows(databases.sessions, rowsAt('new'));
      await writeFences(databases.main, OLD_FENCES);
      await writeFences(databases.sessions, NEW_FENCES);

      const store = fencedStore({ sites: [site('old'), site('new')] });
      const directories = [databases.main, databases.sessions].map((pool) => postgresDirectory(pgExecutor(pool)));
      for (const pageSize of [1, 2, 500]) {
        const found: string[] = [];
        for await (const { record } of listSessions({ store, directories, userId: 'ada', pageSize }))
          found.push(record.data);
        expect(found.sort()).toEqual(['born', 'changed', 'copied', 'here', 'not yet', 'settled']);
      }
    });
  });

  it('asks the store about no key twice', async () => {
    const site = memorySite({ name: 'old' });
    const store = new FaultyStore(fencedStore({ sites: [site] }));
    await create(store, 'ada');
    const directory = memoryDirectory(site);
    await listed({ store, directories: [directory, directory] });
    expect(store.calls.load).toBe(1);
  });
});
