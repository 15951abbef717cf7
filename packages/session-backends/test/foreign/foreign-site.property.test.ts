import fc from 'fast-check';
import { createPool } from '@switchyard/databases';
import type { TestDatabases } from '@switchyard/databases/testing';
import { bucketOf, drawSessionKeyInBucket, type StoredKey } from '../../src/keys.ts';
import { memorySite, type MemoryRow, type MemorySite } from '../../src/fence/memory-site.ts';
import {
  decideFence,
  firstVersion,
  mayCreate,
  mayWriteOver,
  nextVersion,
  versionOf,
  type Fence,
  type Version,
} from '../../src/fence/rules.ts';
import type { Site, SiteCopy, SiteWrite } from '../../src/fence/site.ts';
import { foreignSite } from '../../src/foreign/foreign-site.ts';
import { UNWRITTEN } from '../../src/foreign/fenced-table.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { assertHolds, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import {
  copyOf,
  expiry,
  fence,
  fenceColumns,
  LATER,
  PAST,
  putFences,
  row,
  sortedRows,
  withoutClock,
  writeOf,
} from '../support/drawn-sites.ts';
import { makeReady, openForeignDatabases, tableOf, type Library } from './foreign-table.ts';

const BUCKETS_USED = [0, 1, 2, 3];
const keysIn = (buckets: readonly number[]): StoredKey[] =>
  buckets.map((bucket) => drawSessionKeyInBucket(bucket) as string as StoredKey);
const KEYS = keysIn(BUCKETS_USED);
/** What a rename may want, free and taken. */
const FREE = keysIn(BUCKETS_USED);
const TAKEN = keysIn(BUCKETS_USED);

/** A tombstone among them, or a row that has not been written since the triggers are there. */
const anyRow = fc.option(
  fc.oneof(
    row,
    fc.record({
      data: fc.constant('{"a":1}'),
      expiresAt: expiry,
      version: fc.constant(UNWRITTEN),
      userId: fc.constant(null),
    }),
  ),
  { nil: undefined },
);

const write = (index: number): fc.Arbitrary<SiteWrite> =>
  writeOf(KEYS[index] as StoredKey, index, [FREE[index] as StoredKey, TAKEN[index] as StoredKey]);

const copy = (index: number): fc.Arbitrary<SiteCopy> =>
  copyOf(KEYS[index] as StoredKey, index, ['{"c":3}', '{"é":"😀"}', '{ "spaced" : 1.0 }', null]);

/** What a library does that knows nothing of versions: all of it whatever is there. */
const libraryWrite = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), data: fc.constantFrom('{"d":4}', '{"a":1}'), expiresAt: expiry }),
  fc.record({ kind: fc.constant('touch' as const), expiresAt: expiry }),
  fc.record({ kind: fc.constant('delete' as const) }),
);
type LibraryWrite = typeof libraryWrite extends fc.Arbitrary<infer T> ? T : never;

const state = fc.record({
  fences: fc.tuple(fence, fence, fence, fence),
  rows: fc.tuple(anyRow, anyRow, anyRow, anyRow),
  /** One of the two keys that a rename may want is taken: by a session, or by a tombstone. */
  taken: fc.constantFrom('{}', null, undefined),
  standalone: fc.boolean(),
});
type State = typeof state extends fc.Arbitrary<infer T> ? T : never;

/** What the rules make of a library's write: the version it gets, or that it is refused. */
function judgeLibrary(at: Fence, present: MemoryRow | undefined): Version | 'refused' {
  if (decideFence('old', at, 0, true).kind === 'bounce') return 'refused';
  if (present === undefined)
    return mayCreate(at.merge, false, at.epoch, null) ? firstVersion(at.epoch, Date.now()) : 'refused';
  return mayWriteOver(at.merge, present.version, at.epoch, null) ? nextVersion(present.version, at.epoch) : 'refused';
}

describe.each<Library>(['connect-pg-simple', 'django'])('the SQL of a site in the table of %s', (library) => {
  let databases: TestDatabases;
  /** As the library connects, whose time zone is its role's. */
  let pool: ReturnType<typeof createPool>;
  const table = tableOf(library, 'Europe/Berlin');
  const expires = library === 'django' ? '$3' : `($3::timestamptz at time zone 'Europe/Berlin')`;
  beforeAll(async () => {
    databases = await openForeignDatabases(library);
    await makeReady(databases.main, table);
    await databases.main.query(
      `alter role current_user in database "${databaseName()}" set timezone = 'Europe/Berlin'`,
    );
    pool = createPool(databases.urls.main);
  });
  afterAll(async () => {
    await pool.end();
    await databases.close();
  });
  const databaseName = (): string => new URL(databases.urls.main).pathname.slice(1);
  const query = async (text: string, values: unknown[] = []): Promise<unknown[]> =>
    (await pool.query(text, values)).rows;

  const put = async (key: StoredKey, { data, expiresAt, version: at, userId: user }: MemoryRow): Promise<void> => {
    if (data !== null) await query(`insert into ${table.table} values ($1, $2, ${expires})`, [key, data, expiresAt]);
    // The triggers were there: what they wrote beside it is replaced.
    await query('delete from switchyard.session_version where session_key = $1', [key]);
    const side = data === null ? 'session_tombstone' : 'session_version';
    if (at !== UNWRITTEN || user !== null || data === null)
      await query(`insert into switchyard.${side} values ($1, $2, $3, $4)`, [key, at, expiresAt, user]);
  };

  async function prepare({ fences, rows, taken, standalone }: State): Promise<[Site, MemorySite]> {
    const memory = memorySite({ name: 'old', standalone });
    fences.forEach((one, bucket) => memory.setFence(bucket, one));
    rows.forEach((one, index) => one && memory.rows.set(KEYS[index] as StoredKey, one));
    if (taken !== undefined)
      for (const key of TAKEN)
        memory.rows.set(key, { data: taken, expiresAt: LATER, version: versionOf(1, 1), userId: null });
    await query(
      `update switchyard.session_fence set epoch = 1, state = 'auth', merge = false, move_id = null, capture = false`,
    );
    await query(`delete from ${table.table}`);
    for (const side of ['session_version', 'session_tombstone', 'session_outbox'])
      await query(`delete from switchyard.${side}`);
    for (const [key, one] of memory.rows) await put(key, one);
    await query(putFences('switchyard.session_fence'), fenceColumns(fences));
    return [foreignSite({ executor: pgExecutor(pool), standalone }), memory];
  }

  const rowsInDatabase = (): Promise<unknown[]> =>
    query(
      `select session_key as key, data, expires_at as "expiresAt", version::float8 as version, user_id as "userId"
       from switchyard.session order by session_key collate "C"`,
    );
  const outboxInDatabase = (): Promise<unknown[]> =>
    query(
      `select session_key as key, bucket, version::float8 as version from switchyard.session_outbox order by session_key collate "C"`,
    );
  const compare = async (memory: MemorySite): Promise<void> => {
    expect(withoutClock(await rowsInDatabase())).toEqual(withoutClock(sortedRows(memory.rows)));
    expect(withoutClock(await outboxInDatabase())).toEqual(withoutClock(sortedRows(memory.outbox)));
  };

  it(
    'writes as the rules say',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, fc.tuple(write(0), write(1), write(2), write(3)), async (given, writes) => {
          const [site, memory] = await prepare(given);
          const expected = await memory.write(writes);
          expect(withoutClock(await site.write(writes))).toEqual(withoutClock(expected));
          await compare(memory);
        }),
        40,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'copies as the rules say',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, fc.tuple(copy(0), copy(1), copy(2), copy(3)), async (given, copies) => {
          const [site, memory] = await prepare(given);
          const expected = await memory.copy(copies);
          expect(await site.copy(copies)).toEqual(expected);
          await compare(memory);
        }),
        40,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'loads as the rules say',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, async (given) => {
          const [site, memory] = await prepare(given);
          const keys = KEYS.map((key, bucket) => ({ key, bucket }));
          expect(await site.load(keys)).toEqual(await memory.load(keys));
          expect((await site.fences()).slice(0, 4)).toEqual((await memory.fences()).slice(0, 4));
        }),
        40,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  const { key: keyColumn, data: dataColumn, expires: expiresColumn } = table;
  const send = (key: StoredKey, given: LibraryWrite): Promise<unknown> => {
    switch (given.kind) {
      case 'set':
        return query(
          `insert into ${table.table} values ($1, $2, ${expires}) on conflict (${keyColumn}) do update
           set ${dataColumn} = excluded.${dataColumn}, ${expiresColumn} = excluded.${expiresColumn}`,
          [key, given.data, given.expiresAt],
        );
      case 'touch':
        return query(
          `update ${table.table} set ${expiresColumn} = ${expires.replace('$3', '$2')} where ${keyColumn} = $1`,
          [key, given.expiresAt],
        );
      case 'delete':
        return query(`delete from ${table.table} where ${keyColumn} = $1`, [key]);
    }
  };

  it(
    'gives each write of the library its version, lists it, and refuses what the rules refuse',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, libraryWrite, async (given, written) => {
          const [, memory] = await prepare(given);
          const [key] = KEYS as [StoredKey];
          const at = given.fences[0];
          const present = memory.rows.get(key);
          const isLive = present !== undefined && present.data !== null;
          const verdict = judgeLibrary(at, present);
          const isSpared =
            written.kind === 'delete' &&
            isLive &&
            present.expiresAt < new Date() &&
            (verdict === 'refused' || at.merge);
          const answer = await send(key, written).then(
            () => 'done',
            (error: { code?: string }) => error.code,
          );
          // A statement that finds no row writes none, and is no business of the fence.
          const touchesNone = written.kind !== 'set' && !isLive;
          if (verdict === 'refused' || touchesNone || isSpared) {
            expect(answer).toBe(touchesNone || isSpared ? 'done' : 'SY003');
            return compare(memory);
          }
          expect(answer).toBe('done');
          const was = present ?? { data: null, expiresAt: PAST, userId: null };
          const next =
            written.kind === 'set'
              ? {
                  data: written.data,
                  expiresAt: written.expiresAt,
                  userId: isLive && was.data === written.data ? was.userId : null,
                }
              : written.kind === 'touch'
                ? { data: was.data, expiresAt: written.expiresAt, userId: was.userId }
                : { data: null, expiresAt: was.expiresAt, userId: was.userId };
          memory.rows.set(key, { ...next, version: verdict });
          if (at.capture) memory.outbox.set(key, { bucket: bucketOf(key as never), version: verdict });
          await compare(memory);
        }),
        40,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
