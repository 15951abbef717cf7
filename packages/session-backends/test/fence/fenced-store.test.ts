import { createMainClient } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { fencedStore } from '../../src/fence/fenced-store.ts';
import { memorySite } from '../../src/fence/memory-site.ts';
import { postgresSite } from '../../src/fence/postgres-site.ts';
import { epochOf, versionOf } from '../../src/fence/rules.ts';
import type { SiteRow } from '../../src/fence/site.ts';
import { bucketOf, drawSessionKey, drawSessionKeyInBucket, encodeKey, type StoredKey } from '../../src/keys.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { prismaExecutor } from '../../src/prisma-executor.ts';
import { SqlFailure, type SqlExecutor } from '../../src/sql-executor.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '../../src/store.ts';

const LATER = new Date(Date.now() + 3_600_000);
const PAST = new Date(Date.now() - 1_000);
const freshKey = (): StoredKey => encodeKey(drawSessionKey());

const create = (key: StoredKey, data = '{"a":1}', expiresAt = LATER): SessionOperation => ({
  kind: 'create',
  key,
  data,
  expiresAt,
  userId: null,
  fresh: true,
});
const update = (key: StoredKey, expectedVersion: number | undefined, data = '{"a":2}'): SessionOperation => ({
  kind: 'update',
  key,
  data,
  expiresAt: LATER,
  expectedVersion,
  userId: 'ada',
});

describe.each(['memory', 'PostgreSQL over pg', 'PostgreSQL over Prisma'])('the fenced store over %s', (where) => {
  let databases: TestDatabases;
  let store: SessionStore;
  beforeAll(async () => {
    databases = await openTestDatabases();
    const executor: SqlExecutor =
      where === 'PostgreSQL over pg' ? pgExecutor(databases.main) : prismaExecutor(createMainClient(databases.main));
    const site = where === 'memory' ? memorySite({ name: 'old' }) : postgresSite({ name: 'old', executor });
    store = fencedStore({ sites: [site] });
  });
  afterAll(() => databases.close());

  const apply = async (operation: SessionOperation): Promise<ApplyResult> =>
    (await store.apply([operation]))[0] as ApplyResult;
  const load = async (key: StoredKey): Promise<LoadResult> => (await store.load([key]))[0] as LoadResult;
  const versionBy = async (operation: SessionOperation): Promise<number> => {
    const result = await apply(operation);
    if (result.status !== 'ok') throw new Error(`not ok but ${result.status}`);
    return result.version;
  };

  it('answers absent for a key that was never created', async () => {
    expect(await load(freshKey())).toEqual({ status: 'absent' });
  });

  it('creates, loads, and refuses a second create', async () => {
    const key = freshKey();
    const version = await versionBy(create(key));
    expect(epochOf(version)).toBe(1);
    expect(await load(key)).toEqual({
      status: 'found',
      record: { data: '{"a":1}', expiresAt: LATER, version, userId: null },
    });
    expect(await apply(create(key))).toEqual({ status: 'taken' });
  });

  it('updates by version, and answers a conflict with the newer row', async () => {
    const key = freshKey();
    const first = await versionBy(create(key));
    const second = await versionBy(update(key, first));
    expect(second).toBeGreaterThan(first);
    expect(await apply(update(key, first, '{"a":3}'))).toEqual({
      status: 'conflict',
      current: { data: '{"a":2}', expiresAt: LATER, version: second, userId: 'ada' },
    });
    expect(await versionBy(update(key, undefined, '{"a":4}'))).toBeGreaterThan(second);
  });

  it.each([
    ['update', (key: StoredKey) => update(key, undefined)],
    ['touch', (key: StoredKey): SessionOperation => ({ kind: 'touch', key, expiresAt: LATER })],
    [
      'rename',
      (key: StoredKey): SessionOperation =>
        ({ ...update(key, undefined), kind: 'rename', newKey: freshKey() }) as SessionOperation,
    ],
  ])(
    'answers gone to a %s of what was destroyed, has expired or never was, and writes nothing',
    async (_, operation) => {
      const [destroyed, expired, never] = [freshKey(), freshKey(), freshKey()];
      await store.apply([create(destroyed), create(expired, '{}', PAST)]);
      await apply({ kind: 'destroy', key: destroyed });
      for (const key of [destroyed, expired, never]) {
        expect(await apply(operation(key))).toEqual({ status: 'gone' });
        expect(await load(key)).toEqual({ status: 'absent' });
      }
    },
  );

  it('keeps a destroyed key taken for ever', async () => {
    const key = freshKey();
    const first = await versionBy(create(key));
    const destroyed = await versionBy({ kind: 'destroy', key });
    expect(destroyed).toBe(first + 1);
    expect(await versionBy({ kind: 'destroy', key })).toBe(destroyed);
    expect(await apply(create(key))).toEqual({ status: 'taken' });
    expect(await load(key)).toEqual({ status: 'absent' });
  });

  it('answers ok to the destroy of what never was', async () => {
    expect(await apply({ kind: 'destroy', key: freshKey() })).toEqual({ status: 'ok', version: 0 });
  });

  it('touches the expiry and leaves the data', async () => {
    const key = freshKey();
    const later = new Date(LATER.getTime() + 60_000);
    const version = (await versionBy(create(key))) + 1;
    expect(await versionBy({ kind: 'touch', key, expiresAt: later })).toBe(version);
    expect(await load(key)).toMatchObject({ record: { data: '{"a":1}', expiresAt: later, version } });
  });

  it('renames in one transaction, or not at all', async () => {
    const session = drawSessionKey();
    const key = encodeKey(session);
    const newKey = encodeKey(drawSessionKeyInBucket(bucketOf(session)));
    const rename = (to: StoredKey, expectedVersion?: number): SessionOperation => ({
      kind: 'rename',
      key,
      newKey: to,
      data: '{"a":9}',
      expiresAt: LATER,
      userId: 'ada',
      expectedVersion,
    });
    const taken = encodeKey(drawSessionKeyInBucket(bucketOf(session)));
    await apply(create(taken));
    const version = await versionBy(create(key));
    expect(await apply(rename(taken))).toEqual({ status: 'taken' });
    expect(await apply(rename(newKey, version + 7))).toMatchObject({ status: 'conflict' });
    expect(await load(key)).toMatchObject({ status: 'found' });
    const renamed = await versionBy(rename(newKey, version));
    expect(await store.load([key, newKey])).toEqual([
      { status: 'absent' },
      { status: 'found', record: { data: '{"a":9}', expiresAt: LATER, version: renamed, userId: 'ada' } },
    ]);
  });

  it('answers each of a set by itself, in order', async () => {
    const [a, b, c, d] = [freshKey(), freshKey(), freshKey(), freshKey()];
    const created = await store.apply([create(a), create(b), create(c)]);
    const [version] = created.map((result) => (result.status === 'ok' ? result.version : 0));
    expect(created.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    const results = await store.apply([
      update(b, versionOf(1, 9)),
      { kind: 'destroy', key: c },
      update(a, version),
      update(d, undefined),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['conflict', 'ok', 'ok', 'gone']);
    expect((await store.load([d, c, b, a])).map(({ status }) => status)).toEqual([
      'absent',
      'absent',
      'found',
      'found',
    ]);
  });

  it('copies upwards only, tombstones too', async () => {
    const key = freshKey();
    const copy = (version: number, data: string | null): SessionOperation => ({
      kind: 'copy',
      key,
      data,
      expiresAt: LATER,
      version,
      userId: null,
    });
    expect(await apply(copy(versionOf(1, 5), '{"v":5}'))).toMatchObject({ status: 'ok' });
    expect(await apply(copy(versionOf(1, 4), '{"v":4}'))).toMatchObject({ status: 'ok' });
    expect(await load(key)).toMatchObject({ record: { data: '{"v":5}', version: versionOf(1, 5) } });
    await apply(copy(versionOf(1, 6), null));
    expect(await load(key)).toEqual({ status: 'absent' });
    expect(await apply(create(key))).toEqual({ status: 'taken' });
  });
});

describe('a fenced store whose database fails', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  /** Loses the answer of the next statements, after or before they are carried out. */
  const losing = (): { executor: SqlExecutor; lose: ('answer' | 'statement')[] } => {
    const real = pgExecutor(databases.main);
    const lose: ('answer' | 'statement')[] = [];
    return {
      lose,
      executor: {
        query: async (text, values, options) => {
          const next = lose.shift();
          if (next === 'statement') throw new SqlFailure('unknown', new Error('lost'));
          const rows = await real.query(text, values, options);
          if (next === 'answer') throw new SqlFailure('unknown', new Error('lost'));
          return rows;
        },
      },
    };
  };

  const lost = async (
    what: 'answer' | 'statement',
    operation: (key: StoredKey, version: number) => SessionOperation,
  ): Promise<[ApplyResult, LoadResult]> => {
    const { executor, lose } = losing();
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const key = freshKey();
    const [created] = await store.apply([create(key)]);
    lose.push(what);
    const [result] = await store.apply([operation(key, created?.status === 'ok' ? created.version : 0)]);
    const [found] = await store.load([key]);
    return [result as ApplyResult, found as LoadResult];
  };

  it.each(['answer', 'statement'] as const)('settles an update by version whose %s was lost', async (what) => {
    const [result, found] = await lost(what, (key, version) => update(key, version));
    expect(result).toMatchObject({ status: 'ok' });
    expect(found).toMatchObject({ record: { data: '{"a":2}' } });
    expect(found.status === 'found' && result.status === 'ok' && found.record.version === result.version).toBe(true);
  });

  it.each(['answer', 'statement'] as const)('settles a destroy whose %s was lost', async (what) => {
    const [result, found] = await lost(what, (key) => ({ kind: 'destroy', key }));
    expect([result.status, found.status]).toEqual(['ok', 'absent']);
  });

  it.each(['answer', 'statement'] as const)(
    'does not repeat what could take effect twice: a touch whose %s was lost',
    async (what) => {
      const [result] = await lost(what, (key) => ({ kind: 'touch', key, expiresAt: LATER }));
      expect(result).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    },
  );

  it.each(['answer', 'statement'] as const)(
    'does not repeat an update over whatever is there whose %s was lost',
    async (what) => {
      const [result] = await lost(what, (key) => update(key, undefined));
      expect(result).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    },
  );

  it.each([
    ['answer', { status: 'ok' }],
    ['statement', { status: 'unavailable', outcome: 'unknown' }],
  ] as const)('tells a create whose %s was lost by its fresh key', async (what, expected) => {
    const { executor, lose } = losing();
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    lose.push(what);
    expect((await store.apply([create(freshKey())]))[0]).toMatchObject(expected);
  });

  it('does not call a destroy done that may still arrive: a session under its key, created since, would not survive it', async () => {
    const real = pgExecutor(databases.main);
    let arrive = async (): Promise<unknown> => undefined;
    const executor: SqlExecutor = {
      query: async (text, values, options) => {
        if (!options.name.startsWith('sy_destroy')) return real.query(text, values, options);
        arrive = () => real.query(text, values, options);
        throw new SqlFailure('unknown', new Error('lost'));
      },
    };
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const key = freshKey();
    const [destroyed] = await store.apply([{ kind: 'destroy', key }]);
    expect(await store.apply([create(key)])).toMatchObject([{ status: 'ok' }]);
    await arrive();
    expect(await store.load([key])).toEqual([{ status: 'absent' }]);
    expect(destroyed).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
  });

  it.each([
    [
      'destroyed by somebody else',
      async (store: SessionStore, key: StoredKey) => void (await store.apply([{ kind: 'destroy', key }])),
    ],
    ['expired', async () => undefined],
  ] as const)('calls a lost destroy of what is there and %s done: its key is taken for good', async (why, prepare) => {
    const { executor, lose } = losing();
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const key = freshKey();
    await store.apply([create(key, '{}', why === 'expired' ? PAST : LATER)]);
    await prepare(store, key);
    lose.push('statement');
    expect(await store.apply([{ kind: 'destroy', key }])).toMatchObject([{ status: 'ok' }]);
    expect(await store.apply([create(key)])).toEqual([{ status: 'taken' }]);
  });

  it('does not take the same bytes of somebody else for its own', async () => {
    const { executor } = losing();
    const other = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const key = freshKey();
    const [created] = await other.apply([create(key)]);
    const version = created?.status === 'ok' ? created.version : 0;
    const store = fencedStore({
      sites: [
        postgresSite({
          name: 'old',
          executor: {
            query: async (text, values, options) => {
              if (!options.name.startsWith('sy_update')) return executor.query(text, values, options);
              // Another tab puts the same article into the same basket, and this one's statement is lost.
              await other.apply([update(key, version)]);
              throw new SqlFailure('unknown', new Error('lost'));
            },
          },
        }),
      ],
    });
    expect((await store.apply([update(key, version)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
  });

  it('says unknown when somebody else has written since, and does not write again', async () => {
    const { executor } = losing();
    const other = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const key = freshKey();
    const [created] = await other.apply([create(key)]);
    const version = created?.status === 'ok' ? created.version : 0;
    const store = fencedStore({
      sites: [
        postgresSite({
          name: 'old',
          executor: {
            query: async (text, values, options) => {
              const rows = await executor.query(text, values, options);
              if (!options.name.startsWith('sy_update')) return rows;
              await other.apply([update(key, undefined, '{"other":1}')]);
              throw new SqlFailure('unknown', new Error('lost'));
            },
          },
        }),
      ],
    });
    expect((await store.apply([update(key, version)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    expect((await other.load([key]))[0]).toMatchObject({ record: { data: '{"other":1}' } });
  });

  it('says unavailable, never absent or gone, when nothing answers', async () => {
    const executor: SqlExecutor = {
      query: async () => {
        throw new SqlFailure('none', new Error('refused'));
      },
    };
    const store = fencedStore({ sites: [postgresSite({ name: 'old', executor })] });
    const key = freshKey();
    expect((await store.load([key]))[0]).toMatchObject({ status: 'unavailable' });
    expect((await store.apply([update(key, undefined)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'none' });
  });

  it('runs operations on one key one at a time', async () => {
    const { executor } = losing();
    let running = 0;
    let most = 0;
    const store = fencedStore({
      sites: [
        postgresSite({
          name: 'old',
          executor: {
            query: async (...args) => {
              most = Math.max(most, ++running);
              return executor.query(...args).finally(() => running--);
            },
          },
        }),
      ],
    });
    const key = freshKey();
    await store.apply([create(key)]);
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => store.apply([update(key, undefined, `{"n":${i}}`)])),
    );
    expect(results.flat().every(({ status }) => status === 'ok')).toBe(true);
    expect(most).toBe(1);
    expect((await store.load([key]))[0]).toMatchObject({ record: { data: '{"n":7}' } });
  });
});

describe('a store that stands alone', () => {
  it('serves from an idle site that no move has claimed, and refuses a claimed one', async () => {
    const site = memorySite({ name: 'new', standalone: true, fence: { state: 'idle' } });
    const store = fencedStore({ sites: [site] });
    const key = freshKey();
    expect((await store.apply([create(key)]))[0]).toMatchObject({ status: 'ok' });
    for (let bucket = 0; bucket < 256; bucket++)
      site.setFence(bucket, { moveId: '00000000-0000-0000-0000-00000000000a' });
    expect((await store.load([key]))[0]).toMatchObject({ status: 'unavailable', cause: { code: 'MOVE_CLAIMED' } });
    expect((await store.apply([update(key, undefined)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'none' });
  });
});

describe('a bucket on its way from old to new', () => {
  const moveId = '00000000-0000-0000-0000-00000000000a';
  const twoSites = (): {
    old: ReturnType<typeof memorySite>;
    new: ReturnType<typeof memorySite>;
    store: SessionStore;
  } => {
    const old = memorySite({ name: 'old', fence: { moveId, capture: true } });
    const neu = memorySite({ name: 'new', fence: { state: 'idle', moveId } });
    return { old, new: neu, store: fencedStore({ sites: [old, neu] }) };
  };
  const switchAll = ({ old, new: neu }: ReturnType<typeof twoSites>): void => {
    for (let bucket = 0; bucket < 256; bucket++) {
      neu.setFence(bucket, { epoch: 2, state: 'armed', merge: true });
      old.setFence(bucket, { epoch: 2, state: 'gone', capture: false });
      neu.setFence(bucket, { state: 'auth', capture: true });
    }
  };

  it('is read from the old site while the new one lacks the row, and written at the new one after adopting it', async () => {
    const sites = twoSites();
    const key = freshKey();
    await sites.store.apply([create(key)]);
    const version = sites.old.rows.get(key)?.version ?? 0;
    switchAll(sites);
    expect((await sites.store.load([key]))[0]).toMatchObject({ record: { version } });
    expect(sites.new.rows.size).toBe(0);
    expect((await sites.store.apply([update(key, version)]))[0]).toMatchObject({ status: 'ok' });
    expect((await sites.store.load([key]))[0]).toMatchObject({ record: { data: '{"a":2}' } });
    expect(epochOf(sites.new.rows.get(key)?.version ?? 0)).toBe(2);
    expect(sites.old.rows.get(key)?.version).toBe(version);
  });

  it('answers a conflict on a row that has been written here and mirrored back already', async () => {
    const sites = twoSites();
    const key = freshKey();
    await sites.store.apply([create(key)]);
    switchAll(sites);
    const [first] = await sites.store.apply([update(key, undefined)]);
    const mirrored = sites.new.rows.get(key);
    if (mirrored !== undefined) sites.old.rows.set(key, mirrored);
    expect((await sites.store.apply([update(key, versionOf(1, 1))]))[0]).toMatchObject({ status: 'conflict' });
    expect(first).toMatchObject({ status: 'ok' });
  });

  it('keeps a session destroyed that was logged out at the old site', async () => {
    const sites = twoSites();
    const key = freshKey();
    await sites.store.apply([create(key)]);
    await sites.store.apply([{ kind: 'destroy', key }]);
    switchAll(sites);
    expect((await sites.store.load([key]))[0]).toEqual({ status: 'absent' });
    expect((await sites.store.apply([update(key, versionOf(1, 1))]))[0]).toEqual({ status: 'gone' });
    expect((await sites.store.apply([{ ...create(key), fresh: false } as SessionOperation]))[0]).toEqual({
      status: 'taken',
    });
  });

  it('destroys at the new site what only the old one has', async () => {
    const sites = twoSites();
    const key = freshKey();
    await sites.store.apply([create(key)]);
    switchAll(sites);
    expect((await sites.store.apply([{ kind: 'destroy', key }]))[0]).toMatchObject({ status: 'ok' });
    expect(sites.new.rows.get(key)).toMatchObject({ data: null });
    expect(epochOf(sites.new.rows.get(key)?.version ?? 0)).toBe(2);
  });

  it('says unavailable while the row may be at a site that cannot be reached', async () => {
    const sites = twoSites();
    const key = freshKey();
    await sites.store.apply([create(key)]);
    switchAll(sites);
    sites.old.load = async () => Promise.reject(new SqlFailure('none', new Error('down')));
    expect((await sites.store.load([key]))[0]).toMatchObject({ status: 'unavailable' });
    expect((await sites.store.apply([update(key, undefined)]))[0]).toMatchObject({ status: 'unavailable' });
    // What is of the new epoch needs the new site alone.
    expect((await sites.store.apply([create(freshKey())]))[0]).toMatchObject({ status: 'ok' });
  });

  it.each(['answer', 'statement'] as const)(
    'settles a write whose %s was lost with its site at the one that has taken over',
    async (what) => {
      const start = Date.now();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(start);
      const sites = twoSites();
      const key = freshKey();
      await sites.store.apply([create(key)]);
      const down = async (): Promise<never> => Promise.reject(new SqlFailure('none', new Error('down')));
      const { write } = sites.old;
      sites.old.write = async (writes) => {
        if (what === 'answer') await write(writes);
        // Its rows go across, it gives up, and is away.
        sites.new.rows.set(key, { ...(sites.old.rows.get(key) as SiteRow) });
        switchAll(sites);
        for (let bucket = 0; bucket < 256; bucket++) sites.new.setFence(bucket, { merge: false });
        Object.assign(sites.old, { load: down, fences: down, write: down });
        clock.mockReturnValue(start + 1_000);
        throw new SqlFailure('unknown', new Error('lost'));
      };
      const { version } = sites.old.rows.get(key) as SiteRow;
      expect(await sites.store.apply([update(key, version)])).toMatchObject([{ status: 'ok' }]);
      expect(await sites.store.load([key])).toMatchObject([{ record: { data: '{"a":2}' } }]);
      clock.mockRestore();
    },
  );

  it('refuses a fence that has gone back to an earlier epoch', async () => {
    const sites = twoSites();
    const key = freshKey();
    switchAll(sites);
    await sites.store.apply([create(key)]);
    for (let bucket = 0; bucket < 256; bucket++) {
      sites.new.setFence(bucket, { state: 'idle', epoch: 1 });
      sites.old.setFence(bucket, { state: 'auth', epoch: 1 });
    }
    expect((await sites.store.load([key]))[0]).toMatchObject({
      status: 'unavailable',
      cause: { code: 'FENCE_REGRESSED' },
    });
  });

  it('starts at the site that serves, and does not believe an armed one', async () => {
    const sites = twoSites();
    for (let bucket = 0; bucket < 256; bucket++) sites.new.setFence(bucket, { epoch: 2, state: 'armed', merge: true });
    const key = freshKey();
    await sites.store.apply([create(key)]);
    expect(sites.old.rows.has(key)).toBe(true);
    const other = fencedStore({
      sites: [{ ...sites.old, fences: () => Promise.reject(new Error('down')) }, sites.new],
    });
    expect((await other.load([key]))[0]).toMatchObject({ status: 'unavailable', cause: { code: 'FENCE_UNKNOWN' } });
  });
});
