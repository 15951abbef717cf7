import fc from 'fast-check';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { memorySite } from '../../src/fence/memory-site.ts';
import { postgresSite } from '../../src/fence/postgres-site.ts';
import { epochOf, firstVersion, versionOf, type Fence } from '../../src/fence/rules.ts';
import type { Site, SiteCopy, SiteWrite, SiteWriteResult } from '../../src/fence/site.ts';
import type { StoredKey } from '../../src/keys.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { assertHolds, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';

const MOVES = ['00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b', null] as const;
const KEYS = [0, 1, 2, 3].map((bucket) => `0${bucket}${'ab'.repeat(31)}` as StoredKey);
const LATER = new Date('2100-01-01T00:00:00Z');
const LATEST = new Date('2101-01-01T00:00:00Z');
const PAST = new Date('2020-01-01T00:00:00Z');

const epoch = fc.integer({ min: 1, max: 4 });
const version = fc.tuple(epoch, fc.integer({ min: 1, max: 3 })).map(([e, counter]) => versionOf(e, counter));
const expiry = fc.constantFrom(LATER, LATEST, PAST);
const userId = fc.constantFrom(null, 'ada');
const fence: fc.Arbitrary<Fence> = fc.record({
  epoch,
  state: fc.constantFrom('auth' as const, 'auth' as const, 'armed' as const, 'gone' as const, 'idle' as const),
  merge: fc.boolean(),
  floor: fc.constantFrom(0, versionOf(2, 0), versionOf(3, 0)),
  capture: fc.boolean(),
  moveId: fc.constantFrom(...MOVES),
});
const row = fc.option(
  fc.record({ data: fc.constantFrom<string | null>('{"a":1}', null), expiresAt: expiry, version, userId }),
  {
    nil: undefined,
  },
);

const write = (index: number): fc.Arbitrary<SiteWrite> => {
  const base = {
    key: fc.constant(KEYS[index] as StoredKey),
    bucket: fc.constant(index),
    believedEpoch: fc.integer({ min: 0, max: 4 }),
    adoptedEpoch: fc.option(epoch, { nil: null }),
  };
  const body = { data: fc.constantFrom('{"b":2}', '{"a":1}'), expiresAt: expiry, userId };
  const expectedVersion = fc.option(version, { nil: undefined });
  const kind = <K extends string>(name: K): { kind: fc.Arbitrary<K> } => ({ kind: fc.constant(name) });
  return fc.oneof(
    fc.record({ ...kind('create'), ...base, ...body, fresh: fc.boolean() }),
    fc.record({ ...kind('update'), ...base, ...body, expectedVersion, step: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ ...kind('touch'), ...base, expiresAt: expiry }),
    fc.record({ ...kind('destroy'), ...base }),
    fc.record({
      ...kind('rename'),
      ...base,
      ...body,
      expectedVersion,
      // Now and then onto a key that is taken; only the last bucket has a neighbour that no other write names.
      newKey: fc.constantFrom(`0${index}${'cd'.repeat(31)}` as StoredKey, `0${index}${'ef'.repeat(31)}` as StoredKey),
    }),
  );
};

const copy = (index: number): fc.Arbitrary<SiteCopy> =>
  fc.record({
    key: fc.constant(KEYS[index] as StoredKey),
    bucket: fc.constant(index),
    data: fc.constantFrom('{"c":3}', '{"é":"😀"}', '', null),
    expiresAt: expiry,
    version,
    userId,
    moveId: fc.constantFrom(...MOVES),
    adoptEpoch: fc.option(epoch, { nil: null }),
    deadline: fc.constantFrom(null, LATER, PAST),
  });

const state = fc.record({
  fences: fc.tuple(fence, fence, fence, fence),
  rows: fc.tuple(row, row, row, row),
  /** One of the two keys that a rename may want is taken. */
  taken: fc.boolean(),
  standalone: fc.boolean(),
  together: fc.boolean(),
});
type State = typeof state extends fc.Arbitrary<infer T> ? T : never;

/** The counter of a created row is the clock's, which two sites do not read at the same moment. */
const withoutClock = <T>(values: readonly T[]): T[] =>
  values.map((value) => {
    const { version } = value as { version?: number };
    const byClock = version !== undefined && Math.abs(version - firstVersion(epochOf(version), Date.now())) < 60_000;
    return byClock ? { ...value, version: `by the clock, epoch ${epochOf(version)}` } : value;
  });

describe('the SQL of a PostgreSQL site does what the rules say', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  const takenKey = (index: number): StoredKey => `0${index}${'ef'.repeat(31)}` as StoredKey;

  async function prepare({ fences, rows, taken, standalone }: State): Promise<[Site, ReturnType<typeof memorySite>]> {
    const memory = memorySite({ name: 'old', standalone });
    fences.forEach((one, bucket) => memory.setFence(bucket, one));
    const put = (key: StoredKey, value: NonNullable<State['rows'][0]>): unknown => memory.rows.set(key, value);
    rows.forEach((one, index) => one && put(KEYS[index] as StoredKey, one));
    if (taken)
      KEYS.forEach((_, index) =>
        put(takenKey(index), { data: '{}', expiresAt: LATER, version: versionOf(1, 1), userId: null }),
      );
    const list = [...memory.rows];
    await databases.main.query(
      `with e as (update session_fence set move_id = null), d as (delete from session), o as (delete from session_outbox) select`,
    );
    await databases.main.query(
      `update session_fence f set epoch = i.epoch, state = i.state, merge = i.merge, floor = i.floor, capture = i.capture, move_id = i.move_id
       from unnest($1::int[], $2::int[], $3::text[], $4::bool[], $5::bigint[], $6::bool[], $7::uuid[]) as i(bucket, epoch, state, merge, floor, capture, move_id)
       where f.bucket = i.bucket`,
      [
        [0, 1, 2, 3],
        ...(['epoch', 'state', 'merge', 'floor', 'capture', 'moveId'] as const).map((name) =>
          fences.map((one) => one[name]),
        ),
      ],
    );
    await databases.main.query(
      `insert into session (session_key, data, expires_at, version, user_id)
       select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::text[])`,
      [
        list.map(([key]) => key),
        ...(['data', 'expiresAt', 'version', 'userId'] as const).map((name) => list.map(([, one]) => one[name])),
      ],
    );
    return [postgresSite({ name: 'old', executor: pgExecutor(databases.main), standalone }), memory];
  }

  const rowsInDatabase = async (): Promise<unknown[]> =>
    (
      await databases.main.query(
        `select session_key as key, data, expires_at as "expiresAt", version::float8 as version, user_id as "userId" from session order by 1`,
      )
    ).rows;
  const rowsInMemory = (memory: ReturnType<typeof memorySite>): unknown[] =>
    [...memory.rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, ...value }));
  const outboxInDatabase = async (): Promise<unknown[]> =>
    (
      await databases.main.query(
        `select session_key as key, bucket, version::float8 as version from session_outbox order by 1`,
      )
    ).rows;
  const outboxInMemory = (memory: ReturnType<typeof memorySite>): unknown[] =>
    [...memory.outbox].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, ...value }));

  /** In one statement or one by one: the two forms of each statement. */
  const run = async <T, R>(
    items: readonly T[],
    together: boolean,
    call: (items: readonly T[]) => Promise<readonly R[]>,
  ): Promise<R[]> => {
    if (together) return [...(await call(items))];
    const results: R[] = [];
    for (const item of items) results.push(...(await call([item])));
    return results;
  };

  /** Each kind in one statement; a rename is one of its own. */
  const byKind = async (site: Site, writes: readonly SiteWrite[]): Promise<SiteWriteResult[]> => {
    const results: SiteWriteResult[] = [];
    const statementOf = ({ kind, key }: SiteWrite): string => (kind === 'rename' ? key : kind);
    for (const name of new Set(writes.map(statementOf))) {
      const group = writes.filter((write) => statementOf(write) === name);
      const answers = await site.write(group);
      group.forEach((write, i) => (results[writes.indexOf(write)] = answers[i] as SiteWriteResult));
    }
    return results;
  };

  it(
    'for writes',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, fc.tuple(write(0), write(1), write(2), write(3)), async (given, writes) => {
          const [postgres, memory] = await prepare(given);
          const expected = await memory.write(writes);
          const written = given.together ? await byKind(postgres, writes) : await run(writes, false, postgres.write);
          expect(withoutClock(written)).toEqual(withoutClock(expected));
          expect(withoutClock(await rowsInDatabase())).toEqual(withoutClock(rowsInMemory(memory)));
          expect(withoutClock(await outboxInDatabase())).toEqual(withoutClock(outboxInMemory(memory)));
        }),
        400,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'for copies',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, fc.tuple(copy(0), copy(1), copy(2), copy(3)), async (given, copies) => {
          const [postgres, memory] = await prepare(given);
          const expected = await memory.copy(copies);
          expect(await run(copies, given.together, postgres.copy)).toEqual(expected);
          expect(await rowsInDatabase()).toEqual(rowsInMemory(memory));
          expect(await outboxInDatabase()).toEqual([]);
        }),
        200,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'for loads',
    async () => {
      await assertHolds(
        fc.asyncProperty(state, async (given) => {
          const [postgres, memory] = await prepare(given);
          const keys = KEYS.map((key, bucket) => ({ key, bucket }));
          expect(await run(keys, given.together, postgres.load)).toEqual(await memory.load(keys));
        }),
        100,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );

  it('for fences, and refuses a connection that is not READ COMMITTED', async () => {
    const [postgres, memory] = await prepare(fc.sample(state, 1)[0] as State);
    expect((await postgres.fences()).slice(0, 4)).toEqual((await memory.fences()).slice(0, 4));
    const executor = pgExecutor({
      connect: async () => {
        const client = await databases.main.connect();
        await client.query(`set default_transaction_isolation = 'repeatable read'`);
        const release = client.release.bind(client);
        return Object.assign(client, { release: () => release(true) });
      },
    });
    await expect(postgresSite({ name: 'old', executor }).fences()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('READ COMMITTED') },
    });
  });
});
