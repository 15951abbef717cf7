import fc from 'fast-check';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { countExpiredSessions } from '../../src/admin/count-expired-sessions.ts';
import { purgeSessions } from '../../src/admin/purge-sessions.ts';
import { decideFence, mayPurge, mayPurgeMirror, versionOf, type Fence } from '../../src/fence/rules.ts';
import { drawSessionKeyInBucket, encodeKey, type KeyEncoding } from '../../src/keys.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { assertHolds, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import { insertRows, storedKeys, writeFences } from '../support/fence-rows.ts';

const MINUTE_MS = 60_000;
const MOVES = [null, '00000000-0000-0000-0000-00000000000a'] as const;
const BUCKETS = [0, 1, 2, 3] as const;
/** Two in each bucket. */
const KEYS = BUCKETS.flatMap((bucket) => [drawSessionKeyInBucket(bucket), drawSessionKeyInBucket(bucket)]);

const epoch = fc.integer({ min: 1, max: 4 });
const fence: fc.Arbitrary<Fence> = fc.record({
  epoch,
  state: fc.constantFrom('auth' as const, 'auth' as const, 'armed' as const, 'gone' as const, 'idle' as const),
  merge: fc.boolean(),
  floor: fc.constantFrom(0, versionOf(2, 0), versionOf(3, 0), versionOf(4096, 0)),
  capture: fc.boolean(),
  moveId: fc.constantFrom(...MOVES),
});
const row = fc.record({
  data: fc.constantFrom('{}', null),
  version: fc.tuple(epoch, fc.integer({ min: 1, max: 3 })).map(([e, counter]) => versionOf(e, counter)),
  /** Minutes since its expiry; some are still live, and some too fresh for a mirror. */
  ageMin: fc.constantFrom(-30 * 24 * 60, -1, 1, 55, 65, 600, 30 * 24 * 60),
  listed: fc.boolean(),
});
const state = fc.record({
  fences: fc.tuple(fence, fence, fence, fence),
  rows: fc.array(row, { minLength: KEYS.length, maxLength: KEYS.length }),
  keyEncoding: fc.constantFrom<KeyEncoding>('sha256', 'plain'),
  batchSize: fc.integer({ min: 1, max: 3 }),
});

type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

/** What the rules say of an expired row, or of the tombstone of a session that would have expired. */
function mayGo({ version, ageMin, listed }: Row, at: Fence): boolean {
  if (ageMin <= 0) return false;
  // An idle site that no move has claimed serves a store that stands alone, as an authority does.
  const serves = decideFence('old', at, 0, true).kind === 'serve';
  return mayPurge(serves ? { ...at, state: 'auth' } : at, listed) || (ageMin > 60 && mayPurgeMirror(at, version));
}

describe('a purge', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  it(
    'deletes exactly what the rules of the fence let go',
    async () => {
      const executor = pgExecutor(databases.main);
      await assertHolds(
        fc.asyncProperty(state, async ({ fences, rows, keyEncoding, batchSize }) => {
          const keys = KEYS.map((key) => encodeKey(key, keyEncoding));
          const now = Date.now();
          await databases.main.query('truncate session_outbox');
          await databases.main
            .query(`with permit as materialized (select set_config('switchyard.may_delete', 'yes', true)),
            gone as (delete from session using permit) select count(*) from permit`);
          await writeFences(databases.main, fences);
          await insertRows(
            databases.main,
            rows.map((one, i) => ({
              ...one,
              key: keys[i] as string,
              expiresAt: new Date(now - one.ageMin * MINUTE_MS),
            })),
          );
          await databases.main.query(
            'insert into session_outbox (session_key, bucket, version) select key, 0, 1 from unnest($1::text[]) as i(key)',
            [keys.filter((_, i) => rows[i]?.listed)],
          );
          const fate = rows.map((one, i) => mayGo(one, fences[Math.floor(i / 2)] as Fence));
          const going = fate.filter(Boolean).length;
          const expired = rows.filter(({ ageMin }) => ageMin > 0).length;

          expect(await countExpiredSessions(executor, keyEncoding)).toEqual({
            disposable: going,
            kept: expired - going,
          });
          expect(await purgeSessions({ executor, keyEncoding, batchSize, pauseMs: 0 })).toBe(going);
          expect(await storedKeys(databases.main)).toEqual(keys.filter((_, i) => !fate[i]).sort());
        }),
        150,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
