import assert from 'node:assert/strict';
import type { SessionOperation } from '../store.ts';
import {
  assertAbsent,
  assertKept,
  at,
  create,
  dataOf,
  destroy,
  find,
  HOUR,
  ok,
  one,
  refused,
  rename,
  touch,
  update,
  writersOf,
  type World,
} from './contract-world.ts';

const statuses = (results: readonly { readonly status: string }[]): string[] => results.map(({ status }) => status);

/** Touch, destroy, rename, expiry, sets, copies, failure. */
export const STORE_LIFE_CASES: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'touch moves the expiry and nothing else': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key, { data: '{"a":1}', userId: 'u' }));
    const expiresAt = at(5 * HOUR);
    const version = await ok(store, touch(key, expiresAt));
    for (const view of [store, other])
      assertKept(world, await find(view, key), { data: '{"a":1}', userId: 'u', expiresAt, version });
  },

  'touch never creates and never resurrects': async (world) => {
    const { store, other, key } = world;
    await refused(store, touch(key), 'gone');
    await assertAbsent(world);
    await ok(store, create(key));
    await ok(other, destroy(key));
    await refused(store, touch(key), 'gone');
    await assertAbsent(world);
  },

  'destroy is seen by everybody and may be repeated': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key));
    assert.equal(await dataOf(other, key), '{"n":0}');
    await ok(store, destroy(key));
    await assertAbsent(world);
    await ok(other, destroy(key));
    await ok(store, destroy(key));
    await assertAbsent(world);
  },

  'destroying what never was is fine and leaves the key free': async ({ store, key }) => {
    await ok(store, destroy(key));
    await ok(store, create(key, {}, false));
    assert.equal(await dataOf(store, key), '{"n":0}');
  },

  'rename moves the session, and its old key is dead': async (world) => {
    const { store, other, key, sibling } = world;
    const version = await ok(store, create(key));
    await ok(store, rename(key, sibling, version));
    await assertAbsent(world);
    const found = await find(other, sibling);
    assert.deepEqual([found?.data, found?.userId], ['{"n":2}', world.lacks.includes('users') ? null : 'renamed']);
    for (const operation of [update(key), touch(key), rename(key, sibling)]) await refused(other, operation, 'gone');
    await ok(other, update(sibling));
    if (!world.lacks.includes('tombstones')) await refused(other, create(key, {}, false), 'taken');
  },

  'rename of a destroyed session is gone and creates nothing': async (world) => {
    const { store, other, key, sibling } = world;
    const version = await ok(store, create(key));
    await ok(other, destroy(key));
    await refused(store, rename(key, sibling, version), 'gone');
    await assertAbsent(world, sibling);
  },

  'rename over a newer row is a conflict and changes nothing': async (world) => {
    const { store, other, key, sibling } = world;
    const version = await ok(store, create(key));
    await ok(other, update(key));
    await refused(store, rename(key, sibling, version), 'conflict');
    assert.equal(await dataOf(store, key), '{"n":1}');
    await assertAbsent(world, sibling);
  },

  'rename to a key that exists is taken and changes nothing': async ({ store, key, sibling }) => {
    const version = await ok(store, create(key));
    await ok(store, create(sibling, { data: '{"sibling":1}' }));
    await refused(store, rename(key, sibling, version), 'taken');
    assert.equal(await dataOf(store, key), '{"n":0}');
    assert.equal(await dataOf(store, sibling), '{"sibling":1}');
  },

  'of a rename and a destroy at once no session is left under both keys or brought back': async (world) => {
    const { key, sibling } = world;
    const [store, other] = writersOf(world);
    await ok(store, create(key));
    const [renamed] = await Promise.all([one(store, rename(key, sibling)), one(other, destroy(key))]);
    await assertAbsent(world);
    assert.equal(await dataOf(other, sibling), renamed?.status === 'ok' ? '{"n":2}' : undefined);
  },

  'a session lives until its expiry, to the millisecond, and not after it': async (world) => {
    const { store, key, pass } = world;
    const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_300);
    await ok(store, create(key, { expiresAt }));
    await pass(expiresAt.getTime() - Date.now() - 150);
    assert.equal(await dataOf(store, key), '{"n":0}', 'it lives on within the second that it expires in');
    await pass(world.lacks.includes('milliseconds') ? 1_650 : 300);
    await assertAbsent(world);
    for (const operation of [update(key), touch(key), rename(key, world.sibling)])
      await refused(store, operation, 'gone');
    await assertAbsent(world);
    const live = world.newKey();
    await ok(store, create(live));
    for (const change of [update, touch])
      assert.deepEqual(statuses(await store.apply([change(key), touch(live)])), ['gone', 'ok'], 'nor among others');
    assert.deepEqual(statuses(await store.load([key, live])), ['absent', 'found'], 'nor among others');
  },

  'what is written with an expiry that has passed is not found': async (world) => {
    await world.store.apply([create(world.key, { expiresAt: at(-1) })]);
    await assertAbsent(world);
  },

  'many keys and operations at once are each answered by themselves, in order': async ({
    store,
    other,
    key,
    sibling,
    newKey,
  }) => {
    const [third, fourth] = [newKey(), newKey()];
    await ok(store, create(key));
    await ok(store, create(third));
    await ok(store, destroy(third));
    const results = await store.apply([
      update(fourth),
      update(key, { data: '{"key":1}' }),
      create(sibling, { data: '{"sibling":1}' }),
      touch(third),
    ]);
    assert.deepEqual(statuses(results), ['gone', 'ok', 'ok', 'gone']);
    const loaded = await other.load([sibling, third, key, fourth]);
    assert.deepEqual(
      loaded.map((result) => (result.status === 'found' ? result.record.data : result.status)),
      ['{"sibling":1}', 'absent', '{"key":1}', 'absent'],
    );
    assert.deepEqual([await store.load([]), await store.apply([])], [[], []]);
  },

  'a copy sets a row or a tombstone of a higher version, and never a lower one': async (world) => {
    const { store, other, key, lacks } = world;
    const copy = (version: number, data: string | null): SessionOperation => ({
      kind: 'copy',
      key,
      data,
      version,
      expiresAt: at(HOUR),
      userId: 'copied',
    });
    const first = 2 ** 40 + 5;
    const data = '{"first":1}';
    if (lacks.includes('copy')) return void assert.notEqual((await one(store, copy(first, data))).status, 'ok');
    await ok(store, copy(first, data));
    assert.deepEqual([(await find(other, key))?.data, (await find(other, key))?.version], [data, first]);
    await ok(store, copy(first - 1, '{"older":1}'));
    assert.equal(await dataOf(store, key), data);
    await ok(store, copy(first + 1, null));
    await assertAbsent(world);
    if (lacks.includes('tombstones')) return;
    await ok(store, copy(first, '{"older":"than the tombstone"}'));
    await assertAbsent(world);
    await refused(store, update(key), 'gone');
    await refused(store, create(key, {}, false), 'taken');
  },

  'a store that cannot answer says so: a failure is never an absent session': async ({
    store,
    key,
    newKey,
    fail,
    lacks,
  }) => {
    if (lacks.includes('failure')) return void assert.equal(fail, undefined);
    assert.ok(fail, 'the test of this store has to be able to make it fail');
    await ok(store, create(key));
    await fail();
    const [result] = await store.load([key]);
    assert.equal(result?.status, 'unavailable');
    for (const operation of [update(key), touch(key), destroy(key), create(newKey())])
      await refused(store, operation, 'unavailable');
  },
};
