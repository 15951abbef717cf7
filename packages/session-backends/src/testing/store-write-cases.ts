import assert from 'node:assert/strict';
import {
  assertAbsent,
  at,
  create,
  dataOf,
  destroy,
  find,
  HOUR,
  ok,
  one,
  refused,
  touch,
  update,
  type World,
} from './contract-world.ts';

/** Data that stores are known to damage. */
const AWKWARD = [
  '',
  '{}',
  '{"a":null,"b":{"c":{"d":[null,{"e":null}]}}}',
  '{"date":"2030-01-01T00:00:00.000Z","zero":"\\u0000","lone":"\\ud800"}',
  '{"text":"ä 漢字 🛒 \u2028 \\" \\\\ \' ; -- $1 %s"}',
  '{"big":9007199254740993,"__proto__":{"x":1}}',
  '  {"kept" :  "byte for byte"}\n',
  'not even json',
  `{"long":"${'x'.repeat(100_000)}"}`,
];

/** Create and update, alone and at once. */
export const STORE_WRITE_CASES: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'an unknown key is absent': assertAbsent,

  'a created session is found, with everything it was given': async ({ store, other, key }) => {
    const given = { data: '{"a":[1,null]}', expiresAt: at(HOUR), userId: 'user 1' };
    const version = await ok(store, create(key, given));
    assert.deepEqual(await find(store, key), { ...given, version });
    assert.deepEqual(await find(other, key), { ...given, version });
  },

  'data comes back byte for byte': async ({ store, other, key }) => {
    await ok(store, create(key));
    for (const data of AWKWARD) {
      await ok(store, update(key, { data }));
      assert.equal(await dataOf(store, key), data);
      assert.equal(await dataOf(other, key), data);
    }
  },

  'expiry and user are kept to the millisecond and to null': async ({ store, other, key }) => {
    await ok(store, create(key));
    for (const [userId, ms] of [
      ['u', 1],
      [null, 999],
      ['', 500],
    ] as const) {
      const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + HOUR + ms);
      await ok(store, update(key, { userId, expiresAt }));
      const found = await find(other, key);
      assert.deepEqual([found?.userId, found?.expiresAt.getTime()], [userId, expiresAt.getTime()]);
    }
  },

  'create fails on a live session and leaves it': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key));
    await refused(other, create(key, { data: 'other' }, false), 'taken');
    await refused(store, create(key, { data: 'other' }), 'taken');
    assert.equal(await dataOf(store, key), '{"n":0}');
  },

  'create fails on a destroyed session: its key is dead': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key));
    await ok(store, destroy(key));
    await refused(other, create(key, {}, false), 'taken');
    await refused(store, create(key), 'taken');
    await assertAbsent(world);
  },

  'every write raises the version': async ({ store, other, key }) => {
    const versions = [await ok(store, create(key))];
    versions.push(await ok(store, update(key)));
    versions.push(await ok(other, touch(key)));
    versions.push(await ok(other, update(key)));
    assert.equal((await find(store, key))?.version, versions.at(-1));
    versions.push(await ok(store, destroy(key)));
    assert.deepEqual(
      [...new Set(versions)].sort((a, b) => a - b),
      versions,
    );
  },

  'update replaces data, expiry and user': async ({ store, other, key }) => {
    await ok(store, create(key, { userId: 'before' }));
    const given = { data: '{"b":2}', expiresAt: at(2 * HOUR), userId: 'after' };
    const version = await ok(store, update(key, given));
    assert.deepEqual(await find(other, key), { ...given, version });
  },

  'update never inserts': async (world) => {
    await refused(world.store, update(world.key), 'gone');
    await refused(world.store, update(world.key, {}, 2 ** 40 + 1), 'gone');
    await assertAbsent(world);
  },

  'a save that comes after the destroy is gone and brings nothing back': async (world) => {
    const { store, other, key } = world;
    const version = await ok(store, create(key));
    await ok(other, destroy(key));
    await refused(store, update(key, {}, version), 'gone');
    await refused(store, update(key), 'gone');
    await assertAbsent(world);
  },

  'a save over a newer row is a conflict, which says what is there': async ({ store, other, key }) => {
    const version = await ok(store, create(key));
    const given = { data: '{"newer":true}', expiresAt: at(HOUR), userId: 'newer' };
    const newer = await ok(other, update(key, given, version));
    const result = await one(store, update(key, {}, version));
    assert.deepEqual(result, { status: 'conflict', current: { ...given, version: newer } });
    assert.equal(await dataOf(store, key), given.data);
  },

  'a touch counts as newer, too': async ({ store, other, key }) => {
    const version = await ok(store, create(key));
    await ok(other, touch(key));
    await refused(store, update(key, {}, version), 'conflict');
  },

  'of many saves at once with the same version one is done and the rest are in conflict': async ({
    store,
    other,
    key,
  }) => {
    const version = await ok(store, create(key));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => one(n % 2 ? store : other, update(key, { data: `{"by":${n}}` }, version))),
    );
    const done = results.flatMap(({ status }, n) => (status === 'ok' ? [n] : []));
    assert.equal(done.length, 1);
    assert.equal(results.filter(({ status }) => status === 'conflict').length, 19);
    assert.equal(await dataOf(store, key), `{"by":${done[0]}}`);
  },

  'of many blind saves at once none is dropped: each has a version of its own': async ({ store, other, key }) => {
    await ok(store, create(key));
    const versions = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ok(n % 2 ? store : other, update(key, { data: `${n}` }))),
    );
    assert.equal(new Set(versions).size, 20);
    const last = versions.indexOf(Math.max(...versions));
    assert.equal(await dataOf(store, key), `${last}`);
    assert.equal(await dataOf(other, key), `${last}`);
  },

  'of many creates of one key one is done': async ({ store, other, key }) => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => one(n % 2 ? store : other, create(key, { data: `${n}` }, false))),
    );
    const done = results.flatMap(({ status }, n) => (status === 'ok' ? [n] : []));
    assert.equal(done.length, 1);
    assert.equal(await dataOf(store, key), `${done[0]}`);
  },
};
