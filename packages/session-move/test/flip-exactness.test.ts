import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, type StoredKey } from '@switchyard/session-backends';
import { epochOf, postgresSite, type SiteUpdate } from '@switchyard/session-backends/fence';
import type { Pool, PoolClient } from 'pg';
import { pgMoveDatabase, type MoveDatabase } from '../src/move-database.ts';
import { startBusyWriters } from './support/busy-writers.ts';
import { flip, giveUp, takeOver } from './support/flip.ts';
import { storedKeyIn } from './support/stored-keys.ts';
import { until } from './support/until.ts';
import { withoutTableLock } from './support/without-table-lock.ts';

const PAIRS = [
  [16, 17],
  [18, 19],
] as const;

let databases: TestDatabases;
let controllerPool: Pool;
let controller: MoveDatabase;
beforeEach(async () => {
  databases = await openTestDatabases({ max: 20 });
  controllerPool = createPool(databases.urls.main, { max: 3, applicationName: 'controller' });
  controller = pgMoveDatabase(controllerPool);
});
afterEach(async () => {
  await controllerPool.end();
  await databases.close();
});

/** Every write raises a version or adds a row, so that it changes this sum. */
const sumOf = async (query: MoveDatabase['query'], buckets: readonly number[]): Promise<string> => {
  const digits = buckets.map((bucket) => bucket.toString(16));
  const [row] = await query('select sum(version)::text as sum from session where left(session_key, 2) = any ($1)', [
    digits,
  ]);
  return row?.['sum'] as string;
};

describe('a flip under load', () => {
  /**
   * Flips two buckets away and back, while writers go on in these and others. Writes are late if they become visible in
   * between: strictly, after the moment of the flip; or provably even to somebody who knows nothing of the lock, after
   * its commit has been acknowledged.
   */
  async function flipThereAndBack(
    database: MoveDatabase,
    buckets: readonly number[],
  ): Promise<{ late: boolean; provably: boolean }> {
    const strict: string[] = [];
    const noteStrictly = async (query: MoveDatabase['query']): Promise<void> => {
      strict.push(await sumOf(query, buckets));
    };
    expect(await flip(database, buckets, giveUp, {}, noteStrictly)).toBe(buckets.length);
    const committed = await sumOf(controller.query, buckets);
    await everythingOlderHasEnded();
    const atTheEnd = await sumOf(controller.query, buckets);
    expect(await flip(database, buckets, takeOver, {}, noteStrictly)).toBe(buckets.length);
    return { late: strict.at(-1) !== strict.at(-2), provably: committed !== atTheEnd };
  }

  const everythingOlderHasEnded = async (): Promise<void> => {
    const [row] = await controller.query('select clock_timestamp() as now');
    await until('older transactions have ended', async () => {
      const older = await controller.query(
        `select from pg_stat_activity where datname = current_database() and xact_start < $1 and pid <> pg_backend_pid()`,
        [row?.['now']],
      );
      return older.length === 0;
    });
  };

  it('lets no write be late: 100 flips under fourteen busy writers', async () => {
    const writers = await startBusyWriters(databases.main, PAIRS.flat());
    const late: number[] = [];
    for (let round = 1; round <= 100; round++) {
      const pair = PAIRS[round % 2] as readonly number[];
      if ((await flipThereAndBack(controller, pair)).late) late.push(round);
      writers.flipped(pair, 1 + 2 * Math.ceil(round / 2));
    }
    await writers.stop();
    expect(late).toEqual([]);
    expect(writers.outdated).toEqual([]);
    expect(writers.counts.served).toBeGreaterThan(1_000);
    expect(writers.counts.refused).toBeGreaterThan(100);
  });

  it('would let writes be late without the lock', async () => {
    const writers = await startBusyWriters(databases.main, PAIRS.flat());
    let rounds = 0;
    let provably = false;
    while (!provably && rounds++ < 25)
      ({ provably } = await flipThereAndBack(withoutTableLock(controller), PAIRS[rounds % 2] as readonly number[]));
    await writers.stop();
    expect(provably).toBe(true);
  });
});

describe('a flip while a guarded write waits for a row', () => {
  const BUCKET = 16;
  const key: StoredKey = storedKeyIn(BUCKET);
  const update: SiteUpdate = {
    kind: 'update',
    key,
    bucket: BUCKET,
    data: '{"a":2}',
    expiresAt: new Date('2100-01-01T00:00:00Z'),
    userId: null,
    expectedVersion: undefined,
    believedEpoch: 0,
    adoptedEpoch: null,
    step: 1,
  };
  const WAITS_FOR_ROW = `l.locktype in ('transactionid', 'tuple')`;
  const WAITS_TO_FLIP = `l.relation = 'session_fence'::regclass and l.mode = 'AccessExclusiveLock'`;
  const WAITS_FOR_FLIP = `l.relation = 'session_fence'::regclass and l.mode = 'AccessShareLock'`;
  const patient = { lockTimeoutMs: 5_000, patienceMs: 5_000 };

  const isWaiting = async (what: string): Promise<boolean> =>
    (
      await controller.query(`select from pg_locks l join pg_stat_activity a using (pid)
      where a.datname = current_database() and not l.granted and ${what}`)
    ).length > 0;

  async function begin(isolation: string): Promise<PoolClient> {
    const client = await databases.main.connect();
    await client.query(`begin isolation level ${isolation}`);
    return client;
  }
  async function end(client: PoolClient): Promise<void> {
    await client.query('commit');
    client.release();
  }

  beforeEach(async () => {
    const site = postgresSite({ name: 'old', executor: pgExecutor(databases.main) });
    await site.write([{ ...update, kind: 'create', fresh: true } as never]);
  });

  it('comes after that write, and before the next one', async () => {
    const site = postgresSite({ name: 'old', executor: pgExecutor(databases.main) });
    const holder = await begin('read committed');
    await holder.query('select from session where session_key = $1 for update', [key]);
    const writing = site.write([update]);
    await until('the write waits for the row', () => isWaiting(WAITS_FOR_ROW));
    let flipped = false;
    const flipping = flip(controller, [BUCKET], giveUp, patient).finally(() => (flipped = true));
    await until('the flip waits', () => isWaiting(WAITS_TO_FLIP));
    const next = site.write([update]);
    await until('the next write waits behind the flip', () => isWaiting(WAITS_FOR_FLIP));
    expect(flipped).toBe(false);
    await end(holder);
    expect((await writing)[0]).toMatchObject({ fence: { state: 'auth' }, version: expect.any(Number) });
    expect(await flipping).toBe(1);
    expect((await next)[0]).toMatchObject({ fence: { state: 'gone', epoch: 2 }, version: undefined });
  });

  it('comes before that write, which is late then, without the lock', async () => {
    const site = postgresSite({ name: 'old', executor: pgExecutor(databases.main) });
    const holder = await begin('read committed');
    await holder.query('select from session where session_key = $1 for update', [key]);
    const writing = site.write([update]);
    await until('the write waits for the row', () => isWaiting(WAITS_FOR_ROW));
    expect(await flip(withoutTableLock(controller), [BUCKET], giveUp, patient)).toBe(1);
    const before = await sumOf(controller.query, [BUCKET]);
    await end(holder);
    expect((await writing)[0]).toMatchObject({ version: expect.any(Number) });
    expect(await sumOf(controller.query, [BUCKET])).not.toBe(before);
  });

  it.each([
    ['is exact', 'read committed', undefined],
    ['would not be exact, in spite of the lock: which is why the site refuses it at its start', 'repeatable read', 1],
  ])('%s for a writer in a transaction of %s', async (_, isolation, epoch) => {
    const client = await begin(isolation);
    // A snapshot, if the transaction keeps one, but no lock of the fences yet.
    await client.query('select from session where session_key = $1', [key]);
    expect(await flip(controller, [BUCKET], giveUp, patient)).toBe(1);
    const site = postgresSite({
      name: 'old',
      executor: { query: async (text, values) => (await client.query(text, [...values])).rows },
    });
    const [result] = await site.write([update]);
    await end(client);
    expect(result?.version && epochOf(result.version)).toBe(epoch);
  });
});
