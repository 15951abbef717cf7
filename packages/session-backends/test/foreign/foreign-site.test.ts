import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabases } from '@switchyard/databases/testing';
import { drawSessionKeyInBucket, pgExecutor, type StoredKey } from '@switchyard/session-backends';
import { fencedStore, versionOf, type SiteCopy } from '@switchyard/session-backends/fence';
import { foreignSite, unfencedTableSql } from '@switchyard/session-backends/foreign';
import { FaultyStore, sessionStoreContract } from '@switchyard/session-backends/testing';
import { makeReady, openForeignDatabases, tableOf, type Library } from './foreign-table.ts';

const LATER = new Date('2100-01-01T00:00:00Z');
const newKey = (): StoredKey => drawSessionKeyInBucket(7) as string as StoredKey;

describe.each<Library>(['connect-pg-simple', 'django'])('a site in the table of %s', (library) => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openForeignDatabases(library);
    await makeReady(databases.main, tableOf(library));
  });
  afterAll(() => databases.close());

  const openStore = () => {
    const site = foreignSite({ executor: pgExecutor(databases.main), standalone: true });
    return fencedStore({ sites: [site], keyEncoding: 'plain' });
  };
  const contract = sessionStoreContract({
    open: async () => {
      const broken = new FaultyStore(openStore());
      return {
        store: broken,
        other: openStore(),
        pass: (ms) => sleep(Math.max(0, ms)),
        fail: async () => void (broken.fault = 'down'),
      };
    },
    keyEncoding: 'plain',
    lacks: library === 'django' ? [] : ['opaque data'],
  });
  it.each(contract)('keeps the contract of stores: $name', ({ run }) => run());

  const copy = (key: StoredKey, given: Partial<SiteCopy>): SiteCopy => ({
    key,
    bucket: 7,
    data: '{"a":1}',
    expiresAt: LATER,
    version: versionOf(1, 5),
    userId: null,
    moveId: null,
    adoptEpoch: null,
    deadline: null,
    ...given,
  });

  it('lets two copies of a key not pass each other, also where there is no row of it', async () => {
    const key = newKey();
    const client = await databases.main.connect();
    await client.query('begin');
    const first = foreignSite({
      executor: { query: async (text, values) => (await client.query(text, [...values])).rows },
    });
    expect(await first.copy([copy(key, {})])).toMatchObject([{ applied: true }]);
    const second = foreignSite({ executor: pgExecutor(databases.main) });
    let isDone = false;
    const copying = second.copy([copy(key, { data: null, version: versionOf(1, 6) })]).finally(() => (isDone = true));
    for (let waits = 0; waits === 0;) {
      const { rows } = await databases.main.query<{ waits: number }>(
        `select count(*)::int as waits from pg_locks where locktype = 'advisory' and not granted`,
      );
      waits = rows[0]?.waits ?? 0;
      expect(isDone).toBe(false);
    }
    await client.query('commit');
    client.release();
    expect(await copying).toMatchObject([{ applied: true }]);
    const { rows } = await databases.main.query('select data, version from switchyard.session where session_key = $1', [
      key,
    ]);
    expect(rows).toEqual([{ data: null, version: String(versionOf(1, 6)) }]);
  });

  it('lets several writes wait for nobody: who wants a row that somebody holds is told so', async () => {
    const [held, free] = [newKey(), newKey()];
    const site = foreignSite({ executor: pgExecutor(databases.main) });
    await site.copy([copy(held, {}), copy(free, {})]);
    const { table, key: column } = tableOf(library);
    const client = await databases.main.connect();
    await client.query('begin');
    await client.query(`delete from ${table} where ${column} = $1`, [held]);
    const destroy = (key: StoredKey) =>
      ({ kind: 'destroy', key, bucket: 7, believedEpoch: 1, adoptedEpoch: null }) as const;
    expect(await site.write([destroy(held), destroy(free)])).toEqual([
      { fence: expect.anything(), version: undefined, isHeld: true },
      { fence: expect.anything(), version: versionOf(1, 6) },
    ]);
    await client.query('rollback');
    client.release();
    expect(await site.write([destroy(held)])).toMatchObject([{ version: versionOf(1, 6) }]);
  });

  it('leaves the setting by which it is known to the triggers to nobody else in the transaction', async () => {
    const key = newKey();
    const client = await databases.main.connect();
    await client.query('begin');
    const site = foreignSite({
      executor: { query: async (text, values) => (await client.query(text, [...values])).rows },
    });
    await site.copy([copy(key, {})]);
    await client.query(`delete from ${tableOf(library).table} where ${tableOf(library).key} = $1`, [key]);
    await client.query('commit');
    client.release();
    const { rows } = await databases.main.query('select data, version from switchyard.session where session_key = $1', [
      key,
    ]);
    expect(rows).toEqual([{ data: null, version: String(versionOf(1, 6)) }]);
  });

  it('refuses to run in a transaction that keeps its first snapshot', async () => {
    const client = await databases.main.connect();
    await client.query('begin isolation level repeatable read');
    const site = foreignSite({
      executor: { query: async (text, values) => (await client.query(text, [...values])).rows },
    });
    await expect(site.copy([copy(newKey(), {})])).rejects.toMatchObject({ code: '25001' });
    await client.query('rollback');
    client.release();
  });

  it('refuses a change of a key, which nobody could follow, and a truncate while a move is under way', async () => {
    const { table, key: column } = tableOf(library);
    const site = foreignSite({ executor: pgExecutor(databases.main) });
    await site.copy([copy(newKey(), {})]);
    await expect(databases.main.query(`update ${table} set ${column} = ${column} || 'x'`)).rejects.toMatchObject({
      code: 'SY004',
    });
    await databases.main.query(`update switchyard.session_fence set move_id = gen_random_uuid()`);
    await expect(databases.main.query(`truncate ${table}`)).rejects.toMatchObject({ code: 'SY002' });
    await databases.main.query(`update switchyard.session_fence set move_id = null`);
  });

  it('leaves the library’s table as it was, when all of it is taken away again', async () => {
    const { table } = tableOf(library);
    await databases.main.query(unfencedTableSql('switchyard'));
    const { rows } = await databases.main.query(
      `select from pg_trigger where tgrelid = '${table}'::regclass and not tgisinternal`,
    );
    expect(rows).toEqual([]);
    expect((await databases.main.query(`delete from ${table}`)).rowCount).toBeGreaterThan(0);
  });
});
