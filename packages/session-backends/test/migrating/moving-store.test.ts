import { fencedStore } from '../../src/fence/fenced-store.ts';
import { memorySite, type MemorySite } from '../../src/fence/memory-site.ts';
import type { Fence, SiteName } from '../../src/fence/rules.ts';
import type { Site } from '../../src/fence/site.ts';
import { drawSessionKey, encodeKey, type StoredKey } from '../../src/keys.ts';
import { migratingStore } from '../../src/migrating/migrating-store.ts';
import { movingStore, type MovingStore } from '../../src/migrating/moving-store.ts';
import { twoDatabaseStore } from '../../src/migrating/two-database-store.ts';
import { SqlFailure } from '../../src/sql-executor.ts';
import type { SessionOperation } from '../../src/store.ts';

const MOVE = '00000000-0000-0000-0000-00000000000a';
const LATER = new Date(Date.now() + 3_600_000);
const create = (key: StoredKey): SessionOperation => ({
  kind: 'create',
  key,
  data: '{}',
  expiresAt: LATER,
  userId: null,
  fresh: true,
});

describe('a store that may move either way', () => {
  let old: MemorySite;
  let fresh: MemorySite;
  let store: MovingStore;
  let flags = { migrationFlag: false, newDbRouterFlag: false };

  const setAll = (site: MemorySite, change: Partial<Fence>): void => {
    for (let bucket = 0; bucket < 256; bucket++) site.setFence(bucket, change);
  };

  beforeEach(() => {
    flags = { migrationFlag: false, newDbRouterFlag: false };
    // Two views of each database: a store that stands alone is judged by other SQL than one that knows both.
    old = memorySite({ name: 'old' });
    fresh = memorySite({ name: 'new', standalone: true, fence: { state: 'idle' } });
    const byFlags = migratingStore({
      old: fencedStore({ sites: [old] }),
      new: fencedStore({ sites: [fresh] }),
      flags: () => flags,
      onMirrorFailure: ({ cause }) => store.notice(cause),
    });
    store = movingStore({ byFlags, fenced: fencedStore({ sites: [old, fresh] }) });
  });

  it('follows the flags while no move has claimed the new database', async () => {
    flags = { migrationFlag: true, newDbRouterFlag: false };
    const key = encodeKey(drawSessionKey());
    await store.apply([create(key)]);
    expect([old.rows.has(key), fresh.rows.has(key)]).toEqual([true, true]);
  });

  it('follows the fences once one has, whatever the flags say', async () => {
    const [before, after] = [encodeKey(drawSessionKey()), encodeKey(drawSessionKey())];
    await store.apply([create(before)]);
    setAll(fresh, { moveId: MOVE, epoch: 2, state: 'auth', merge: true });
    setAll(old, { moveId: MOVE, epoch: 2, state: 'gone' });
    flags = { migrationFlag: true, newDbRouterFlag: true };
    expect(store.isClaimed()).toBe(false);
    expect((await store.load([before]))[0]).toMatchObject({ status: 'found' });
    expect(store.isClaimed()).toBe(true);
    expect((await store.apply([create(after)]))[0]).toMatchObject({ status: 'ok' });
    expect([old.rows.has(after), fresh.rows.has(after)]).toEqual([false, true]);
  });

  it('does what a fence has refused again by the fences, and nothing twice', async () => {
    const key = encodeKey(drawSessionKey());
    setAll(fresh, { moveId: MOVE, epoch: 2, state: 'auth', merge: true });
    setAll(old, { moveId: MOVE, epoch: 2, state: 'gone' });
    expect((await store.apply([create(key)]))[0]).toMatchObject({ status: 'ok' });
    expect(old.rows.size).toBe(0);
    expect(fresh.rows.size).toBe(1);
  });

  it('learns of the claim from a copy that is refused', async () => {
    flags = { migrationFlag: true, newDbRouterFlag: false };
    setAll(fresh, { moveId: MOVE });
    setAll(old, { moveId: MOVE, capture: true });
    const key = encodeKey(drawSessionKey());
    expect((await store.apply([create(key)]))[0]).toMatchObject({ status: 'ok' });
    expect(old.outbox.has(key)).toBe(true);
    flags = { migrationFlag: false, newDbRouterFlag: true };
    expect((await store.load([key]))[0]).toMatchObject({ status: 'found' });
  });

  it('learns of the claim from the old database while the new one is away, which nobody needs yet', async () => {
    const away = async (): Promise<never> => Promise.reject(new SqlFailure('none', new Error('away')));
    const site = (name: SiteName): Site =>
      name === 'old' ? old : { name, fences: away, load: away, write: away, copy: away };
    const open = (): MovingStore =>
      twoDatabaseStore({ site, flags: () => ({ migrationFlag: true, newDbRouterFlag: false }) });
    setAll(old, { moveId: MOVE, capture: true });
    const key = encodeKey(drawSessionKey());

    const reading = open();
    expect(await reading.load([key])).toEqual([{ status: 'absent' }]);
    expect(reading.isClaimed()).toBe(true);
    const gone: SessionOperation = {
      kind: 'update',
      key,
      data: '{}',
      expiresAt: LATER,
      userId: null,
      expectedVersion: 1,
    };
    expect(await open().apply([gone, create(encodeKey(drawSessionKey()))])).toMatchObject([
      { status: 'gone' },
      { status: 'ok' },
    ]);
    // Nor is an answer of it waited for.
    const silent = new Promise<never>(() => undefined);
    const waiting = fencedStore({ sites: [old, { ...site('new'), fences: () => silent }] });
    expect(await waiting.load([key])).toEqual([{ status: 'absent' }]);
    // Without a move, only the new database could tell.
    setAll(old, { capture: false });
    expect(await open().apply([gone])).toMatchObject([{ status: 'unavailable' }]);
  });
});
