import { setTimeout as sleep } from 'node:timers/promises';
import {
  bucketOf,
  createSessions,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { at, create, destroy, find, HOUR, ok, rename, touch, update } from '../../src/testing/contract-world.ts';
import { databaseStore, FLAGS } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { openTwoStores, rowsInBoth, type StoredRow } from '../support/two-stores.ts';

let databases: TestDatabases;
let plain: { old: SessionStore; new: SessionStore };
beforeAll(async () => {
  databases = await openTestDatabases();
  plain = { old: databaseStore(databases.main), new: databaseStore(databases.sessions, 'new') };
});
afterAll(() => databases.close());
beforeEach(() => Promise.all([databases.main, databases.sessions].map((pool) => pool.query('truncate session'))));

const AWKWARD = {
  'an empty text': '',
  'no JSON': 'no json',
  'escapes and other scripts': '{"zero":"\\u0000","lone":"\\ud800","line":"\u2028","cart":"🛒 ä 漢字"}',
  'numbers and names that decoders change': '{"n":9007199254740993,"f":1.0,"f":0.1000,"__proto__":{"x":1}}',
  'white space': '  {"kept" :  "space for space"}\r\n\t',
  'quotes and placeholders': `{"quotes":"\\" ' $1 %s \\\\ ; --"}`,
  '70 kilobytes': JSON.stringify({ long: 'x'.repeat(70_000) }),
};
const NUMBERS = AWKWARD['numbers and names that decoders change'];

/** What an operator compares the two databases by. */
async function checksum(pool: TestDatabases['main']): Promise<unknown> {
  const { rows } = await pool.query(
    `select count(*)::int, bit_xor(('x' || left(md5(session_key || data || expires_at || version || coalesce(user_id, '')), 16))::bit(64)::bigint)::text as sum
     from session where data is not null and expires_at > now()`,
  );
  return rows[0];
}

/** The one row, which is the same in both. */
async function sameRow(key: StoredKey): Promise<StoredRow> {
  const rows = await rowsInBoth(databases, key);
  expect(rows.old).toHaveLength(1);
  expect(rows.new).toEqual(rows.old);
  return rows.old[0] as StoredRow;
}

async function sameRecord(key: StoredKey): Promise<unknown> {
  const [ours, theirs] = await Promise.all([find(plain.old, key), find(plain.new, key)]);
  expect(theirs).toEqual(ours);
  return ours;
}

const WRITTEN_TO_BOTH = Object.entries(FLAGS).filter(([, { migrationFlag }]) => migrationFlag);

describe.each(WRITTEN_TO_BOTH)('what is written with %s reads the same by either alias', (_name, flags) => {
  const open = (): SessionStore => openTwoStores(databases, flags).store;

  it.each(Object.entries(AWKWARD))('data, expiry, user and version: %s', async (_what, data) => {
    const store = open();
    const key = newKey();
    const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + HOUR + 7);
    await ok(store, create(key, { data, expiresAt, userId: 'Ada Ω' }));
    for (const userId of ['Ada Ω', null, '']) {
      const version = await ok(store, update(key, { data, expiresAt, userId }));
      expect(await sameRecord(key)).toEqual({ data, expiresAt, userId, version });
      expect(await sameRow(key)).toMatchObject({ data, version: String(version), user_id: userId });
    }
    expect(await checksum(databases.sessions)).toEqual(await checksum(databases.main));
  });

  it('what only a touch has changed', async () => {
    const store = open();
    const key = newKey();
    await ok(store, create(key, { data: NUMBERS }));
    const expiresAt = at(5 * HOUR);
    const version = await ok(store, touch(key, expiresAt));
    expect(await sameRecord(key)).toEqual({ data: NUMBERS, expiresAt, userId: null, version });
    await sameRow(key);
  });

  it('both keys of a rename, of which one is a tombstone', async () => {
    const store = open();
    const session = drawSessionKey();
    const [key, other] = [encodeKey(session), encodeKey(drawSessionKeyInBucket(bucketOf(session)))];
    const created = await ok(store, create(key));
    const renamed = await ok(store, rename(key, other, created));
    expect(await sameRow(key)).toMatchObject({ data: null, version: String(created + 1) });
    expect(await sameRow(other)).toMatchObject({ data: '{"n":2}', version: String(renamed), user_id: 'renamed' });
    expect(await sameRecord(key)).toBeUndefined();
  });

  it('tombstones, which neither of them lets be created or written again', async () => {
    const store = open();
    const key = newKey();
    await ok(store, create(key));
    const version = await ok(store, destroy(key));
    expect(await sameRow(key)).toMatchObject({ data: null, version: String(version) });
    for (const each of [plain.old, plain.new])
      expect(await each.apply([create(key, {}, false), update(newKey())])).toEqual([
        { status: 'taken' },
        { status: 'gone' },
      ]);
  });

  it('expiry, to the millisecond', async () => {
    const store = open();
    const key = newKey();
    const expiresAt = at(1_200);
    await ok(store, create(key, { expiresAt }));
    expect((await sameRow(key)).expires_at).toContain(expiresAt.toISOString().slice(20, 23).replace(/0+$/, ''));
    for (const each of [plain.old, plain.new, store]) expect(await find(each, key)).toMatchObject({ expiresAt });
    await sleep(expiresAt.getTime() - Date.now() + 20);
    for (const each of [plain.old, plain.new, store]) expect(await find(each, key)).toBeUndefined();
    // The row is still there, and the same.
    await sameRow(key);
  });

  it('sessions that a shop has used', async () => {
    const shop = createSessions({ store: open() });
    const visitor = shop.open();
    await visitor.update(() => ({ basket: { apple: 1 }, note: '\0\ud800' }));
    await visitor.login('ada', { authHash: 'h' });
    await visitor.setExpiry(3_600);
    await visitor.save();
    const entries = await visitor.entries();
    const through = (store: SessionStore) => createSessions({ store }).open(visitor.sessionKey);
    for (const store of [plain.old, plain.new, open()]) {
      expect(await through(store).entries()).toEqual(entries);
      expect(await through(store).getUserId()).toBe('ada');
    }
    await through(open()).update((data) => ({ ...data, basket: { pear: 2 } }));
    for (const store of [plain.old, plain.new]) expect(await through(store).get('basket')).toEqual({ pear: 2 });
  });

  it.each(['old', 'new'] as const)(
    'and back: what the %s one has alone is shown as it is, and is the same in both once it is touched',
    async (alias) => {
      const store = open();
      for (const data of Object.values(AWKWARD)) {
        const key = newKey();
        const given = { data, expiresAt: at(HOUR), userId: 'Ada Ω' };
        const version = await ok(plain[alias], create(key, given));
        expect(await find(store, key)).toEqual({ ...given, version });
        const expiresAt = at(2 * HOUR);
        const touched = await ok(store, touch(key, expiresAt));
        expect(await sameRecord(key)).toEqual({ ...given, expiresAt, version: touched });
        await sameRow(key);
      }
    },
  );
});
