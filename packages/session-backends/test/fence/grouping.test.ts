import { setImmediate as nextTurn } from 'node:timers/promises';
import { pgExecutor, type ApplyResult, type SessionStore, type StoredKey } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { create, dataOf, destroy, ok, touch, update } from '../../src/testing/contract-world.ts';
import { newKey } from '../support/new-key.ts';
import { watchedExecutor, type WatchedExecutor } from '../support/watched-executor.ts';

let databases: TestDatabases;
let executor: WatchedExecutor;
let store: SessionStore;
beforeAll(async () => {
  databases = await openTestDatabases();
});
beforeEach(() => {
  executor = watchedExecutor(pgExecutor(databases.main));
  store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
});
afterAll(() => databases.close());

/** Sessions that are there. */
const sessions = async (count: number): Promise<StoredKey[]> => {
  const keys = Array.from({ length: count }, newKey);
  await store.apply(keys.map((key) => create(key)));
  executor.take();
  return keys;
};
/** Each by a caller of its own, at the same time. */
const loadEach = (keys: readonly StoredKey[]) => Promise.all(keys.map(async (key) => (await store.load([key]))[0]));
const applyEach = (operations: Parameters<SessionStore['apply']>[0]): Promise<ApplyResult[]> =>
  Promise.all(operations.map(async (operation) => (await store.apply([operation]))[0] as ApplyResult));
const statuses = (results: readonly ({ status: string } | undefined)[]): unknown[] =>
  results.map((result) => result?.status);

describe('what callers ask at the same time', () => {
  it('is one statement for all loads, with each key once', async () => {
    const keys = await sessions(8);
    const twice = [...keys, ...keys, newKey()];
    const found = await loadEach(twice);
    expect(statuses(found)).toEqual([...Array<string>(16).fill('found'), 'absent']);
    expect(executor.sent.map(({ name }) => name)).toEqual(['sy_load_set']);
    expect(String(executor.sent[0]?.values[0]).split(',')).toHaveLength(9);
  });

  it('is one statement for each kind of write', async () => {
    const keys = await sessions(15);
    const results = await applyEach([
      ...keys.slice(0, 5).map((key) => update(key)),
      ...keys.slice(5, 10).map((key) => touch(key)),
      ...keys.slice(10).map(destroy),
      ...Array.from({ length: 5 }, () => create(newKey())),
    ]);
    expect(new Set(statuses(results))).toEqual(new Set(['ok']));
    expect(executor.take().sort()).toEqual(['sy_create_set', 'sy_destroy_set', 'sy_touch_set', 'sy_update_set']);
  });

  it('goes as the plain statement when there is only one', async () => {
    const [key] = (await sessions(1)) as [StoredKey];
    await store.load([key]);
    await store.apply([update(key)]);
    await store.apply([touch(key)]);
    await store.apply([destroy(key)]);
    await store.apply([create(newKey())]);
    expect(executor.take()).toEqual(['sy_load', 'sy_update', 'sy_touch', 'sy_destroy', 'sy_create']);
  });

  it('goes in the next statement while two are under way, and in groups that are not too large', async () => {
    const keys = await sessions(150);
    const release = executor.hold();
    const first = store.load([keys[0] as StoredKey]);
    await nextTurn();
    const second = store.load([keys[1] as StoredKey]);
    await nextTurn();
    const others = keys.slice(2).map((key) => store.load([key]));
    await Promise.resolve();
    expect(executor.sent.map(({ name }) => name)).toEqual(['sy_load', 'sy_load']);
    release();
    expect(statuses((await Promise.all([first, second, ...others])).flat())).toEqual(Array(150).fill('found'));
    const sizes = executor.sent.slice(2).map(({ values }) => String(values[0]).split(',').length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(148);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
    expect(sizes.length).toBeLessThanOrEqual(6);
  });

  it('does not wait behind statements that are stuck', async () => {
    const [key, ...stuck] = (await sessions(3)) as [StoredKey, StoredKey, StoredKey];
    const release = executor.hold();
    const waiting: Promise<unknown>[] = [];
    for (const each of stuck) {
      waiting.push(store.load([each]));
      await nextTurn();
    }
    const other = store.load([key]);
    while (executor.sent.length < 3) await nextTurn();
    release();
    expect(statuses(await other)).toEqual(['found']);
    await Promise.all(waiting);
  });
});

describe('in a group, each is answered by itself:', () => {
  it('a conflict, what is gone and what is taken fail alone', async () => {
    const [a, b, c, d] = (await sessions(4)) as [StoredKey, StoredKey, StoredKey, StoredKey];
    const version = await ok(store, update(a, { data: '{"a":1}' }));
    await ok(store, destroy(b));
    executor.take();
    const updates = await applyEach([
      update(a, { data: '{"a":2}' }, version - 1),
      update(b),
      update(c),
      update(newKey()),
    ]);
    expect(statuses(updates)).toEqual(['conflict', 'gone', 'ok', 'gone']);
    expect(updates[0]).toMatchObject({ current: { version, data: '{"a":1}' } });
    expect(executor.take()).toEqual(['sy_update_set', 'sy_load_set']);
    expect(statuses(await applyEach([create(newKey()), create(d), create(b), create(newKey())]))).toEqual([
      'ok',
      'taken',
      'taken',
      'ok',
    ]);
    expect(statuses(await applyEach([touch(a), touch(b), touch(d)]))).toEqual(['ok', 'gone', 'ok']);
    expect(statuses(await applyEach([destroy(a), destroy(b), destroy(newKey())]))).toEqual(['ok', 'ok', 'ok']);
  });

  it.each([
    ['data that PostgreSQL cannot hold', () => create(newKey(), { data: '{"n":"\u0000"}' }), '22021'],
    [
      'a key that its index cannot',
      () => create(Buffer.from(crypto.getRandomValues(new Uint8Array(4_000))).toString('hex') as StoredKey),
      '54000',
    ],
    ['an expiry that is no time', () => create(newKey(), { expiresAt: new Date(Number.NaN) }), '22008'],
  ])('%s fails alone, and the others are done', async (_what, bad, sqlState) => {
    const good = Array.from({ length: 9 }, newKey);
    const results = await applyEach([
      ...good.slice(0, 4).map((key) => create(key)),
      bad(),
      ...good.slice(4).map((key) => create(key)),
    ]);
    expect(results[4]).toMatchObject({ status: 'unavailable', outcome: 'none', cause: { sqlState } });
    expect(statuses(results.toSpliced(4, 1))).toEqual(Array(9).fill('ok'));
    expect(statuses(await loadEach(good))).toEqual(Array(9).fill('found'));
  });

  it('a key that cannot be asked for fails alone', async () => {
    const keys = await sessions(5);
    const results = await loadEach([...keys, 'ab\u0000' as StoredKey]);
    expect(statuses(results)).toEqual([...Array<string>(5).fill('found'), 'unavailable']);
  });

  it('data that has what stands between the data of two is kept as it is', async () => {
    const keys = await sessions(3);
    const data = ['{"n":1}', '"\u001F"', 'é😀\\"'];
    expect(statuses(await applyEach(keys.map((key, i) => update(key, { data: data[i] as string }))))).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect(await Promise.all(keys.map((key) => dataOf(store, key)))).toEqual(data);
  });

  it('whose answer is lost, each finds out by itself what became of it', async () => {
    const keys = await sessions(6);
    executor.fail('sy_update_set', 'answer is lost');
    executor.fail('sy_touch_set', 'answer is lost');
    const versions = await Promise.all(
      keys.map(async (key) => ((await store.load([key]))[0] as { record: { version: number } }).record.version),
    );
    executor.take();
    const updated = await applyEach(keys.slice(0, 4).map((key, i) => update(key, {}, i < 3 ? versions[i] : undefined)));
    expect(statuses(updated)).toEqual(['ok', 'ok', 'ok', 'unavailable']);
    expect(updated[3]).toMatchObject({ outcome: 'unknown' });
    expect(await applyEach(keys.slice(4).map((key) => touch(key)))).toMatchObject(
      Array(2).fill({ outcome: 'unknown' }),
    );
    expect(executor.take()).toEqual(['sy_update_set', 'sy_load_set', 'sy_touch_set', 'sy_load_set']);
  });

  it('a group that did not reach the database is not taken apart', async () => {
    const keys = await sessions(5);
    executor.fail('sy_update_set', { code: 'ECONNREFUSED' });
    expect(await applyEach(keys.map((key) => update(key)))).toMatchObject(Array(5).fill({ status: 'unavailable' }));
    expect(executor.take()).toEqual(['sy_update_set']);
  });
});

describe('groups that want the same rows', () => {
  it('do not wait for somebody who holds one: only the save of that session does', async () => {
    const [held, ...others] = (await sessions(6)) as [StoredKey, ...StoredKey[]];
    const holder = await databases.main.connect();
    try {
      await holder.query('begin');
      await holder.query('select from session where session_key = $1 for update', [held]);
      let isDone = false;
      const waiting = store.apply([update(held, { data: '{"held":1}' })]).finally(() => (isDone = true));
      expect(statuses(await applyEach(others.map((key) => update(key))))).toEqual(Array(5).fill('ok'));
      expect(isDone).toBe(false);
      await holder.query('commit');
      expect(statuses(await waiting)).toEqual(['ok']);
      expect(executor.take()).toEqual(['sy_update_set', 'sy_update']);
      expect(await dataOf(store, held)).toBe('{"held":1}');
    } finally {
      holder.release(true);
    }
  });

  it('are all done, whatever order each has them in', async () => {
    const keys = await sessions(12);
    const stores = Array.from({ length: 3 }, () =>
      fencedStore({ sites: [postgresSite({ name: 'old', executor: pgExecutor(databases.main) })] }),
    );
    const orders = [keys, keys.toReversed(), [...keys.slice(5), ...keys.slice(0, 5)]];
    for (let round = 0; round < 10; round++) {
      const results = await Promise.all(
        stores.map((each, i) => each.apply((orders[i] as StoredKey[]).map((key) => update(key)))),
      );
      expect(new Set(statuses(results.flat()))).toEqual(new Set(['ok']));
    }
  });

  it('try again when they were the victim of a deadlock', async () => {
    const keys = await sessions(3);
    executor.fail('sy_update_set', { code: '40P01' });
    expect(statuses(await applyEach(keys.map((key) => update(key))))).toEqual(['ok', 'ok', 'ok']);
    expect(executor.take()).toEqual(['sy_update_set', 'sy_update_set']);
  });
});

it('two writes of one session are never in one group, nor under way together, and stay in order', async () => {
  const [key, ...others] = (await sessions(4)) as [StoredKey, ...StoredKey[]];
  const writes = Array.from({ length: 5 }, (_, n) => [
    update(key, { data: `{"n":${n}}` }),
    ...others.map((each) => update(each, { data: `{"n":${n}}` })),
  ]).flat();
  expect(new Set(statuses(await applyEach(writes)))).toEqual(new Set(['ok']));
  expect(executor.take()).toEqual(Array(5).fill('sy_update_set'));
  expect(await Promise.all([key, ...others].map((each) => dataOf(store, each)))).toEqual(Array(4).fill('{"n":4}'));
});

describe('a group over several buckets', () => {
  it('is judged bucket by bucket: what has been switched is sent on, the rest is done', async () => {
    const bounced: number[] = [];
    const fresh = watchedExecutor(pgExecutor(databases.sessions));
    const both = fencedStore({
      sites: [postgresSite({ name: 'old', executor }), postgresSite({ name: 'new', executor: fresh })],
      onBounce: (bucket) => bounced.push(bucket),
    });
    const inBucket = (hex: string): StoredKey => `${hex}${newKey().slice(2)}` as StoredKey;
    const [stays, goes] = [
      Array.from({ length: 3 }, () => inBucket('0a')),
      Array.from({ length: 3 }, () => inBucket('0b')),
    ];
    await both.apply([...stays, ...goes].map((key) => create(key)));
    await databases.main.query(`update session_fence set epoch = 2, state = 'gone' where bucket = 11`);
    await databases.sessions.query(
      `update session_fence set epoch = 2, state = 'auth', merge = true where bucket = 11`,
    );
    executor.take();
    const writes = [...stays, ...goes].map((key) => update(key, { data: '{"n":2}' }));
    const results = await Promise.all(writes.map((write) => both.apply([write])));
    expect(statuses(results.flat())).toEqual(Array(6).fill('ok'));
    expect(executor.sent[0]?.name).toBe('sy_update_set');
    expect(bounced).toEqual([11, 11, 11]);
    const where = async (pool: TestDatabases['main']): Promise<string[]> =>
      (
        await pool.query<{ session_key: string }>(`select session_key from session where data = '{"n":2}' order by 1`)
      ).rows
        .map((row) => row.session_key)
        .filter((key) => [...stays, ...goes].includes(key as StoredKey));
    expect(await where(databases.main)).toEqual(stays.toSorted());
    expect(await where(databases.sessions)).toEqual(goes.toSorted());
    expect(fresh.take()).toEqual(expect.arrayContaining(['sy_update_set', 'sy_load_set', 'sy_copy_set']));
  });
});
