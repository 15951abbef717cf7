import fc from 'fast-check';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { memorySite } from '../../src/fence/memory-site.ts';
import { postgresSite } from '../../src/fence/postgres-site.ts';
import { versionOf } from '../../src/fence/rules.ts';
import type { Site, SiteCopy, SiteWrite, SiteWriteResult } from '../../src/fence/site.ts';
import type { StoredKey } from '../../src/keys.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { assertHolds, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import {
  copyOf,
  fence,
  fenceColumns,
  LATER,
  putFences,
  row,
  sortedRows,
  withoutClock,
  writeOf,
} from '../support/drawn-sites.ts';

const KEYS = [0, 1, 2, 3].map((bucket) => `0${bucket}${'ab'.repeat(31)}` as StoredKey);
const anyRow = fc.option(row, { nil: undefined });
const takenKey = (index: number): StoredKey => `0${index}${'ef'.repeat(31)}` as StoredKey;

/** A rename goes, now and then, onto a key that is taken; only the last bucket has a neighbour that no other write names. */
const write = (index: number): fc.Arbitrary<SiteWrite> =>
  writeOf(KEYS[index] as StoredKey, index, [`0${index}${'cd'.repeat(31)}` as StoredKey, takenKey(index)]);

const copy = (index: number): fc.Arbitrary<SiteCopy> =>
  copyOf(KEYS[index] as StoredKey, index, ['{"c":3}', '{"é":"😀"}', '', null]);

const state = fc.record({
  fences: fc.tuple(fence, fence, fence, fence),
  rows: fc.tuple(anyRow, anyRow, anyRow, anyRow),
  /** One of the two keys that a rename may want is taken. */
  taken: fc.boolean(),
  standalone: fc.boolean(),
  together: fc.boolean(),
});
type State = typeof state extends fc.Arbitrary<infer T> ? T : never;

describe('the SQL of a PostgreSQL site does what the rules say', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

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
    await databases.main.query(putFences('session_fence'), fenceColumns(fences));
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
  const outboxInDatabase = async (): Promise<unknown[]> =>
    (
      await databases.main.query(
        `select session_key as key, bucket, version::float8 as version from session_outbox order by 1`,
      )
    ).rows;
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
          expect(withoutClock(await rowsInDatabase())).toEqual(withoutClock(sortedRows(memory.rows)));
          expect(withoutClock(await outboxInDatabase())).toEqual(withoutClock(sortedRows(memory.outbox)));
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
          expect(await rowsInDatabase()).toEqual(sortedRows(memory.rows));
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
