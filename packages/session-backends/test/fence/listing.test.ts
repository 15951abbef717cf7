import { pgExecutor, type SessionOperation, type StoredKey } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { create, destroy, ok, touch, update } from '../../src/testing/contract-world.ts';
import { newKey } from '../support/new-key.ts';
import { watchedExecutor } from '../support/watched-executor.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const capture = (isOn: boolean): Promise<unknown> =>
  databases.main.query('update session_fence set capture = $1', [isOn]);
const listed = async (key: StoredKey): Promise<number[]> =>
  (
    await databases.main.query<{ version: string }>('select version from session_outbox where session_key = $1', [key])
  ).rows.map(({ version }) => Number(version));

it.each<[string, (key: StoredKey) => SessionOperation]>([
  ['update', (key) => update(key)],
  ['touch', (key) => touch(key)],
  ['destroy', destroy],
])(
  'a single %s is listed from when a move begins until it ends, though the process knows of neither',
  async (kind, write) => {
    await capture(false);
    const executor = watchedExecutor(pgExecutor(databases.main));
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const inOneBucket = Array.from({ length: 4 }, () => `c0${newKey().slice(2)}` as StoredKey);
    const [before, first, second, after] = inOneBucket as [StoredKey, StoredKey, StoredKey, StoredKey];
    await store.apply(inOneBucket.map((key) => create(key)));
    executor.take();
    await ok(store, write(before));
    expect(await listed(before)).toEqual([]);
    await capture(true);
    expect(await listed(first)).toEqual([]);
    const versions = [await ok(store, write(first)), await ok(store, write(second))];
    expect([await listed(first), await listed(second)].flat()).toEqual(versions);
    await capture(false);
    await ok(store, write(after));
    await ok(store, create(`c0${newKey().slice(2)}` as StoredKey));
    expect(await listed(after)).toEqual([]);
    expect(executor.take()).toEqual([
      `sy_${kind}`,
      // Refused, and sent again with the list.
      `sy_${kind}`,
      `sy_${kind}_listed`,
      `sy_${kind}_listed`,
      `sy_${kind}_listed`,
      'sy_create',
    ]);
  },
);

it('a single create is listed while a move is under way', async () => {
  await capture(true);
  const store = fencedStore({ sites: [postgresSite({ name: 'old', executor: pgExecutor(databases.main) })] });
  const key = newKey();
  expect(await listed(key)).toEqual([]);
  const version = await ok(store, create(key));
  expect(await listed(key)).toEqual([version]);
});
