import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  createPool,
  findProjectFolder,
  makeTemporaryFolder,
  prismaFolder,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '@switchyard/databases';
import { create, touch, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';

/**
 * A server of its own: where a long transaction is under way, even in another database, the space of earlier versions is
 * not reclaimed at once, and other tests create databases.
 */
let server: EmbeddedPostgres;
let folder: string;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  folder = makeTemporaryFolder('switchyard-hot-');
  server = await startEmbeddedPostgres({
    folder: path.join(folder, 'data'),
    database: 'shop',
    settings: { autovacuum: 'off' },
  });
  // One connection, so that it can be told to hand in its statistics.
  pool = createPool(server.url, { max: 1 });
  const migrations = path.join(prismaFolder(findProjectFolder(), 'main'), 'migrations');
  for (const name of (await readdir(migrations)).filter((each) => /^\d/.test(each)).sort())
    await pool.query(await readFile(path.join(migrations, name, 'migration.sql'), 'utf8'));
}, 60_000);
afterAll(async () => {
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const SESSIONS = 50;
/** Many, as the first updates of a full page have to leave it. */
const ROUNDS = 60;
/** Within one hour: whoever crosses it makes new entries in the index of hours, once an hour. */
const TEN_PAST = Date.parse('2100-01-01T00:10:00.123Z');

const counted = async (): Promise<{ updates: number; hot: number }> => {
  await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ updates: number; hot: number }>(
    `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'session'`,
  );
  return rows[0] as { updates: number; hot: number };
};

/** Saves and touches sessions again and again. How many of the updates were heap-only, of one. */
async function shareOfHotUpdates(index?: string): Promise<number> {
  await pool.query('truncate session');
  await pool.query('drop index if exists tried');
  if (index !== undefined) await pool.query(`create index tried on session (${index})`);
  const store = databaseStore(pool);
  const keys = Array.from({ length: SESSIONS }, newKey);
  const expiresAt = (round: number): Date => new Date(TEN_PAST + round * 1_001);
  await store.apply(keys.map((key) => create(key, { expiresAt: expiresAt(0), userId: 'ada' })));
  const before = await counted();
  for (let round = 1; round <= ROUNDS; round++)
    await store.apply(
      keys.map((key) =>
        round % 2 ? touch(key, expiresAt(round)) : update(key, { expiresAt: expiresAt(round), userId: 'ada' }),
      ),
    );
  const after = await counted();
  expect(after.updates - before.updates).toBe(SESSIONS * ROUNDS);
  return (after.hot - before.hot) / (SESSIONS * ROUNDS);
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
