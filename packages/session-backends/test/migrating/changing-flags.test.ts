import {
  bucketOf,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  type MoveFlags,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { create, destroy, find, ok, one, rename, touch, update } from '../../src/testing/contract-world.ts';
import { openTwoStores, rowsInBoth } from '../support/two-stores.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const OLD: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
const BOTH_OLD_COUNTS: MoveFlags = { migrationFlag: true, newDbRouterFlag: false };
const BOTH_NEW_COUNTS: MoveFlags = { migrationFlag: true, newDbRouterFlag: true };
const NEW: MoveFlags = { migrationFlag: false, newDbRouterFlag: true };

interface Write {
  readonly operation: (key: StoredKey, sibling: StoredKey) => SessionOperation;
  /** What is found then under the key, and under the other. */
  readonly found: readonly [string, string];
}

/** Of a session with `{"n":0}`. */
const WRITES: Readonly<Record<string, Write>> = {
  'an update': { operation: (key) => update(key), found: ['{"n":1}', 'absent'] },
  'a touch': { operation: (key) => touch(key), found: ['{"n":0}', 'absent'] },
  'a destroy': { operation: destroy, found: ['absent', 'absent'] },
  'a rename': { operation: (key, sibling) => rename(key, sibling), found: ['absent', '{"n":2}'] },
};

function newKeys(): [StoredKey, StoredKey] {
  const key = drawSessionKey();
  return [encodeKey(key), encodeKey(drawSessionKeyInBucket(bucketOf(key)))];
}

const seen = async (store: SessionStore, key: StoredKey): Promise<string> => {
  const [result] = await store.load([key]);
  return result?.status === 'found' ? result.record.data : String(result?.status);
};

interface Walk {
  readonly name: string;
  /** Where the session is written while the other store is down. */
  readonly from: MoveFlags;
  readonly through: readonly MoveFlags[];
  readonly mirror: 'old' | 'new';
}
const WALKS: readonly Walk[] = [
  { name: 'the new store comes to count', from: BOTH_OLD_COUNTS, through: [BOTH_NEW_COUNTS], mirror: 'new' },
  {
    name: 'the new store comes to be the only one',
    from: BOTH_OLD_COUNTS,
    through: [BOTH_NEW_COUNTS, NEW],
    mirror: 'new',
  },
  { name: 'the old store comes to count again', from: BOTH_NEW_COUNTS, through: [BOTH_OLD_COUNTS], mirror: 'old' },
  {
    name: 'the old store comes to be the only one again',
    from: BOTH_NEW_COUNTS,
    through: [BOTH_OLD_COUNTS, OLD],
    mirror: 'old',
  },
];

describe.each(WALKS)('$name before it has been told of', ({ from, through, mirror }) => {
  const walk = async (write: Write) => {
    const two = openTwoStores(databases, from);
    const keys = newKeys();
    await ok(two.store, create(keys[0]));
    two[mirror].fault = 'down';
    await ok(two.store, write.operation(...keys));
    for (const flags of through) two.setFlags(flags);
    return { ...two, keys, counts: two[mirror], other: two[mirror === 'old' ? 'new' : 'old'] };
  };

  it.each(Object.entries(WRITES))('%s: it is told when it is asked for that session', async (_name, write) => {
    const { store, keys, counts } = await walk(write);
    expect([await seen(store, keys[0]), await seen(store, keys[1])]).toEqual(['unavailable', 'unavailable']);
    counts.fault = 'none';
    expect([await seen(store, keys[0]), await seen(store, keys[1])]).toEqual(write.found);
  });

  it.each(Object.entries(WRITES))(
    '%s: it is not asked for that session as long as it cannot be told',
    async (_name, write) => {
      const { store, keys, counts, other } = await walk(write);
      counts.fault = 'none';
      // It answers, but copies do not come through, and the other store cannot be asked.
      const { apply } = counts;
      counts.apply = async (operations) =>
        operations.some(({ kind }) => kind === 'copy')
          ? operations.map(() => ({ status: 'unavailable', outcome: 'none', cause: new Error('no copies') }))
          : apply.call(counts, operations);
      other.fault = 'down';
      const owed = write.found[0] === 'absent' && write.found[1] !== 'absent' ? keys : [keys[0]];
      for (const key of owed) {
        expect(await seen(store, key)).toBe('unavailable');
        for (const operation of [update(key), touch(key), destroy(key)])
          expect(await one(store, operation)).toMatchObject({ status: 'unavailable', outcome: 'none' });
      }
      counts.apply = apply;
      other.fault = 'none';
      expect(await store.repair()).toMatchObject({ left: 0, dropped: 0 });
      expect([await seen(store, keys[0]), await seen(store, keys[1])]).toEqual(write.found);
    },
  );
});

describe('the way there and back', () => {
  it('keeps what was written while only the new store was, also where it was destroyed, if both are written again', async () => {
    const { store, setFlags } = openTwoStores(databases, OLD);
    const sessions = await Promise.all(
      Object.values(WRITES).map(async (write) => {
        const keys = newKeys();
        await ok(store, create(keys[0]));
        return { write, keys };
      }),
    );
    setFlags(BOTH_OLD_COUNTS);
    for (const { keys } of sessions) await ok(store, touch(keys[0]));
    setFlags(BOTH_NEW_COUNTS);
    setFlags(NEW);
    for (const { write, keys } of sessions) await ok(store, write.operation(...keys));
    setFlags(BOTH_NEW_COUNTS);
    for (const { write, keys } of sessions)
      expect([await seen(store, keys[0]), await seen(store, keys[1])]).toEqual(write.found);
  });

  it('a session that only the old store has moves when it is read where the new one counts', async () => {
    const { store, setFlags, new: fresh } = openTwoStores(databases, OLD);
    const [key] = newKeys();
    const version = await ok(store, create(key));
    setFlags(BOTH_NEW_COUNTS);
    expect(await find(store, key)).toMatchObject({ data: '{"n":0}', version });
    const rows = await rowsInBoth(databases, key);
    expect(rows.old).toHaveLength(1);
    expect(rows.new).toEqual(rows.old);
    setFlags(NEW);
    expect(await seen(store, key)).toBe('{"n":0}');
    const loads = fresh.calls.load;
    await store.load([key]);
    expect(fresh.calls.load).toBe(loads + 1);
  });

  it('of many sessions each is found where it is', async () => {
    const { store, setFlags } = openTwoStores(databases, OLD);
    const [[old], [both], [nowhere], [destroyed]] = [newKeys(), newKeys(), newKeys(), newKeys()];
    await store.apply([create(old, { data: 'old' }), create(both, { data: 'both' }), create(destroyed)]);
    setFlags(BOTH_NEW_COUNTS);
    await ok(store, update(both, { data: 'both, later' }));
    setFlags(NEW);
    await ok(store, update(both, { data: 'new' }));
    setFlags(BOTH_NEW_COUNTS);
    await ok(store, destroy(destroyed));
    const results = await store.load([both, nowhere, old, destroyed]);
    expect(results.map((result) => (result.status === 'found' ? result.record.data : result.status))).toEqual([
      'new',
      'absent',
      'old',
      'absent',
    ]);
  });
});
