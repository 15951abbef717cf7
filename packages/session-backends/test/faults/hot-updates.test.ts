import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import type { SessionStore } from '@switchyard/session-backends';
import { create, touch, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';

let databases: TestDatabases;
beforeEach(async () => {
  // One connection, so that it can be told to hand in its statistics.
  databases = await openTestDatabases({ max: 1 });
});
afterEach(() => databases.close());

const SESSIONS = 50;
/** Many, as the first updates of a full page have to leave it. */
const ROUNDS = 60;
/** Within one hour: whoever crosses it makes new entries in the index of hours, once an hour. */
const TEN_PAST = Date.parse('2100-01-01T00:10:00.123Z');

/** Saves and touches sessions again and again. How many of the updates were heap-only, of one. */
async function shareOfHotUpdates(index?: string): Promise<number> {
  if (index !== undefined) await databases.main.query(`create index on session (${index})`);
  const store: SessionStore = databaseStore(databases.main);
  const keys = Array.from({ length: SESSIONS }, newKey);
  const expiresAt = (round: number): Date => new Date(TEN_PAST + round * 1_001);
  await store.apply(keys.map((key) => create(key, { expiresAt: expiresAt(0), userId: 'ada' })));
  for (let round = 1; round <= ROUNDS; round++)
    await store.apply(
      keys.map((key) =>
        round % 2 ? touch(key, expiresAt(round)) : update(key, { expiresAt: expiresAt(round), userId: 'ada' }),
      ),
    );
  await databases.main.query('select pg_stat_force_next_flush()');
  const { rows } = await databases.main.query<{ updates: number; hot: number }>(
    `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'session'`,
  );
  expect(rows[0]?.updates).toBe(SESSIONS * ROUNDS);
  return (rows[0]?.hot ?? 0) / (SESSIONS * ROUNDS);
}

describe('updates of the session table', () => {
  it('leave its indexes alone (HOT), in more than 95 of 100 cases', async () => {
    expect(await shareOfHotUpdates()).toBeGreaterThan(0.95);
  });

  it.each([
    ['the exact time', 'expires_at'],
    ['an expression of it', `date_trunc('hour', expires_at at time zone 'UTC')`],
    ['the version', 'version'],
  ])('make new entries in all of them where there is an index on %s', async (_name, index) => {
    expect(await shareOfHotUpdates(index)).toBe(0);
  });
});
