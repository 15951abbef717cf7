import assert from 'node:assert/strict';
import { isPlainObject } from '../session/plain-object.ts';
import { sameJson } from '../session/merge.ts';
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
  touch,
  update,
  writersOf,
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

  'a created session is found, with everything it was given': async (world) => {
    const { store, other, key } = world;
    const given = { data: '{"a":[1,null]}', expiresAt: at(HOUR), userId: 'user 1' };
    const version = await ok(store, create(key, given));
    for (const view of [store, other]) assertKept(world, await find(view, key), { ...given, version });
  },

  'data comes back byte for byte': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key));
    if (world.lacks.includes('opaque data')) return onlyJson(world);
    for (const data of AWKWARD) {
      await ok(store, update(key, { data }));
      assert.equal(await dataOf(store, key), data);
      assert.equal(await dataOf(other, key), data);
    }
  },

  'expiry and user are kept to the millisecond and to null': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key));
    for (const [userId, ms] of [
      ['u', 1],
      [null, 999],
      ['', 500],
    ] as const) {
      const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + HOUR + ms);
      await ok(store, update(key, { userId, expiresAt }));
      assertKept(world, await find(other, key), { data: '{"n":1}', userId, expiresAt });
    }
  },

  'create fails on a live session and leaves it': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key));
    await refused(other, create(key, { data: '{"other":1}' }, false), 'taken');
    await refused(store, create(key, { data: '{"other":1}' }), 'taken');
    assert.equal(await dataOf(store, key), '{"n":0}');
  },

  'create fails on a destroyed session: its key is dead': async (world) => {
    const { store, other, key, lacks } = world;
    await ok(store, create(key));
    await ok(store, destroy(key));
    if (lacks.includes('tombstones')) return void (await ok(other, create(key, {}, false)));
    await refused(other, create(key, {}, false), 'taken');
    await refused(store, create(key), 'taken');
    await assertAbsent(world);
  },

  'every write raises the version': async ({ store, other, key, lacks }) => {
    const versions = [await ok(store, create(key))];
    versions.push(await ok(store, update(key)));
    versions.push(await ok(other, touch(key)));
    versions.push(await ok(other, update(key)));
    assert.equal((await find(store, key))?.version, versions.at(-1));
    if (lacks.includes('rising versions')) return;
    versions.push(await ok(store, destroy(key)));
    assert.deepEqual(
      [...new Set(versions)].sort((a, b) => a - b),
      versions,
    );
  },

  'update replaces data, expiry and user': async (world) => {
    const { store, other, key } = world;
    await ok(store, create(key, { userId: 'before' }));
    const given = { data: '{"b":2}', expiresAt: at(2 * HOUR), userId: 'after' };
    const version = await ok(store, update(key, given));
    assertKept(world, await find(other, key), { ...given, version });
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

  'a save over a newer row is a conflict, which says what is there': async (world) => {
    const { store, other, key } = world;
    const version = await ok(store, create(key));
    const given = { data: '{"newer":true}', expiresAt: at(HOUR), userId: 'newer' };
    const newer = await ok(other, update(key, given, version));
    const result = await one(store, update(key, {}, version));
    assert.equal(result.status, 'conflict');
    assertKept(world, 'current' in result ? result.current : undefined, { ...given, version: newer });
    assert.equal(await dataOf(store, key), given.data);
  },

  'a touch counts as newer, too': async ({ store, other, key }) => {
    const version = await ok(store, create(key));
    await ok(other, touch(key));
    await refused(store, update(key, {}, version), 'conflict');
  },

  'of many saves at once with the same version one is done and the rest are in conflict': async (world) => {
    const { key } = world;
    const [store, other] = writersOf(world);
    const version = await ok(store, create(key));
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => one(n % 2 ? store : other, update(key, { data: numbered(n) }, version))),
    );
    const done = results.flatMap(({ status }, n) => (status === 'ok' ? [n] : []));
    assert.equal(done.length, 1);
    assert.equal(results.filter(({ status }) => status === 'conflict').length, 19);
    assert.equal(await dataOf(store, key), numbered(done[0] as number));
  },

  'of many blind saves at once none is dropped: each has a version of its own': async (world) => {
    const { key } = world;
    const [store, other] = writersOf(world);
    await ok(store, create(key));
    const versions = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ok(n % 2 ? store : other, update(key, { data: numbered(n) }))),
    );
    assert.equal(new Set(versions).size, 20);
    const current = (await find(store, key))?.version as number;
    const last = world.lacks.includes('rising versions') ? current : Math.max(...versions);
    assert.equal(await dataOf(store, key), numbered(versions.indexOf(last)));
    assert.equal(await dataOf(other, key), numbered(versions.indexOf(last)));
  },

  'of many creates of one key one is done': async (world) => {
    const { key } = world;
    const [store, other] = writersOf(world);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => one(n % 2 ? store : other, create(key, { data: numbered(n) }, false))),
    );
    const done = results.flatMap(({ status }, n) => (status === 'ok' ? [n] : []));
    assert.equal(done.length, 1);
    assert.equal(await dataOf(store, key), numbered(done[0] as number));
  },
};

const numbered = (n: number): string => `{"by":${n}}`;

/** What is no JSON object is refused, and not kept as something else; what is one comes back as such. */
async function onlyJson({ store, other, key }: World): Promise<void> {
  let refusals = 0;
  for (const data of AWKWARD) {
    const before = await dataOf(store, key);
    const { status } = await one(store, update(key, { data }));
    if (status === 'ok') {
      for (const view of [store, other])
        assert.ok(sameJson(JSON.parse((await dataOf(view, key)) as string), parse(data)), 'equal JSON comes back');
      continue;
    }
    assert.equal(status, 'unavailable');
    assert.equal(await dataOf(other, key), before);
    refusals++;
  }
  assert.ok(refusals > 0, 'data that is not JSON is refused');
}

function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  assert.ok(isPlainObject(value));
  return value;
}
