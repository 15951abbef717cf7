import {
  drawSessionKey,
  drawSessionKeyInBucket,
  bucketOf,
  encodeKey,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { sessionStoreContract, type Fault } from '@switchyard/session-backends/testing';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { create, destroy, ok, one, rename, touch, update } from '../../src/testing/contract-world.ts';
import { FLAGS } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { openTwoStores, rowsInBoth, type StoredRow, type TwoStores } from '../support/two-stores.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

type Side = 'old' | 'new';
interface Setting {
  readonly flags: string;
  readonly faulty: Side;
  readonly fault: Fault;
}

const FAULTS: readonly Fault[] = ['down', 'loses answers'];
const settings = (faulty: Readonly<Record<string, readonly Side[]>>, faults = FAULTS): Setting[] =>
  Object.entries(faulty).flatMap(([flags, sides]) =>
    sides.flatMap((side) => faults.map((fault) => ({ flags, faulty: side, fault }))),
  );

const open = ({ flags }: Setting): TwoStores =>
  openTwoStores(databases, FLAGS[flags] as NonNullable<(typeof FLAGS)[string]>);

const expectSameRows = async (...keys: readonly StoredKey[]): Promise<void> => {
  const rows = await rowsInBoth(databases, ...keys);
  expect(rows.old).not.toEqual([]);
  expect(rows.new).toEqual(rows.old);
};

/** Of a tombstone, only its version: the rest is as the last one knew it who destroyed the session. */
const shown = ({ session_key, data, version, ...rest }: StoredRow): object =>
  data === null ? { session_key, version } : { session_key, data, version, ...rest };

/** After a case: a store that has no part in it was left alone, and one that has is equal in the end. */
async function expectInOrder(stores: readonly TwoStores[], { flags, faulty }: Setting): Promise<void> {
  const isMirrored = FLAGS[flags]?.migrationFlag === true;
  for (const { store, [faulty]: side } of stores) {
    if (!isMirrored) expect(side.calls).toEqual({ load: 0, apply: 0 });
    side.fault = 'none';
    expect(await store.repair()).toMatchObject({ left: 0, dropped: 0 });
  }
  const rows = await rowsInBoth(databases);
  if (isMirrored) expect(rows.new.map(shown)).toEqual(rows.old.map(shown));
}

/** What is found: the data, or the status. */
async function find(store: SessionStore, key: StoredKey): Promise<string> {
  const [result] = await store.load([key]);
  return result?.status === 'found' ? result.record.data : String(result?.status);
}

/** A session, its key and another key of its bucket. */
function keys(): { key: StoredKey; sibling: StoredKey } {
  const key = drawSessionKey();
  return { key: encodeKey(key), sibling: encodeKey(drawSessionKeyInBucket(bucketOf(key))) };
}

/** The whole contract holds: the fault is not where it could matter. */
describe.each(
  settings({ 'both flags off': ['new'], 'router flag on': ['old'] }, ['down']).concat(
    settings({ 'migration flag on': ['new'], 'both flags on': ['old'] }, ['loses answers']),
  ),
)('$flags, the $faulty store $fault', (setting) => {
  const contract = sessionStoreContract({
    open: async () => {
      await Promise.all([databases.main, databases.sessions].map((pool) => pool.query('truncate session')));
      const stores = [open(setting), open(setting)] as const;
      for (const each of stores) each[setting.faulty].fault = setting.fault;
      return {
        store: stores[0].store,
        other: stores[1].store,
        pass: (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms))),
        close: () => expectInOrder(stores, setting),
      };
    },
    lacks: ['failure'],
  });

  it.each(contract)('$name', ({ run }) => run());
});

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
  'a create': { operation: (_key, sibling) => create(sibling), found: ['{"n":0}', '{"n":0}'] },
  'a create of a key that others know': {
    operation: (_key, sibling) => create(sibling, {}, false),
    found: ['{"n":0}', '{"n":0}'],
  },
};
const writes = Object.entries(WRITES).map(([name, write]) => ({ name, ...write }));

/** Those keys that were written: the others are in neither store. */
const written = (key: StoredKey, sibling: StoredKey, { found }: Write): StoredKey[] =>
  found[1] === 'absent' ? [key] : [key, sibling];

describe.each(settings({ 'migration flag on': ['new'], 'both flags on': ['old'] }))(
  '$flags, the $faulty store, which is the mirror, $fault',
  (setting) => {
    it.each(writes)('$name is done, is seen, and makes both stores equal in the end', async (write) => {
      const { store, owed, [setting.faulty]: mirror } = open(setting);
      const { key, sibling } = keys();
      await ok(store, create(key));
      mirror.fault = setting.fault;
      const result = await one(store, write.operation(key, sibling));
      if (setting.fault === 'down' && write.name.endsWith('others know')) {
        // It may be there, and cannot be asked for.
        expect(result).toMatchObject({ status: 'unavailable', outcome: 'none' });
        return;
      }
      expect(result).toMatchObject({ status: 'ok' });
      expect(owed).not.toEqual([]);
      expect(owed).toEqual(owed.map(() => setting.faulty));
      for (const [i, each] of [key, sibling].entries()) {
        const seen = await find(store, each);
        // Of a key that no copy is owed for, the mirror has to be asked, too.
        const unasked = setting.fault === 'down' && write.found[i] === 'absent' && each === sibling;
        expect(seen).toBe(unasked ? 'unavailable' : write.found[i]);
      }
      mirror.fault = 'none';
      expect(await store.repair()).toMatchObject({ left: 0, dropped: 0 });
      await expectSameRows(...written(key, sibling, write));
      expect([await find(store, key), await find(store, sibling)]).toEqual(write.found);
    });

    it('a session that only the mirror could have is not called absent', async () => {
      const { store, [setting.faulty]: mirror } = open(setting);
      mirror.fault = setting.fault;
      expect(await find(store, newKey())).toBe(setting.fault === 'down' ? 'unavailable' : 'absent');
    });
  },
);

describe.each(
  settings({
    'both flags off': ['old'],
    'migration flag on': ['old'],
    'both flags on': ['new'],
    'router flag on': ['new'],
  }),
)('$flags, the $faulty store, which is the one that counts, $fault', (setting) => {
  const both = FLAGS[setting.flags]?.migrationFlag === true;

  it.each(writes)('$name is reported as failed, and both stores are equal in the end', async (write) => {
    const { store, [setting.faulty]: counts } = open(setting);
    const { key, sibling } = keys();
    await ok(store, create(key));
    counts.fault = setting.fault;
    const outcome = setting.fault === 'down' ? 'none' : 'unknown';
    expect(await one(store, write.operation(key, sibling))).toMatchObject({ status: 'unavailable', outcome });
    const during = [await find(store, key), await find(store, sibling)];
    const before = ['{"n":0}', 'absent'];
    counts.fault = 'none';
    expect(await store.repair()).toMatchObject({ left: 0, dropped: 0 });
    const after = [await find(store, key), await find(store, sibling)];
    expect(after).toEqual(setting.fault === 'down' ? before : write.found);
    // Never absent, where it could not be asked; what was written and not acknowledged may show.
    for (const [i, seen] of during.entries())
      expect(
        setting.fault === 'down' ? ['unavailable', ...(before[i] === 'absent' ? [] : [before[i]])] : [after[i]],
      ).toContain(seen);
    if (both) await expectSameRows(...(setting.fault === 'down' ? [key] : written(key, sibling, write)));
  });
});
