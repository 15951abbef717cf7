import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, type StoredKey } from '@switchyard/session-backends';
import { epochOf, postgresSite, type Fence, type SiteUpdate } from '@switchyard/session-backends/fence';
import type { Pool, PoolClient } from 'pg';
import { changeFences, readFences } from '../src/fence-table.ts';
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

/** Every write raises a version or adds a row, so that it changes its bucket's sum. */
type Sums = ReadonlyMap<string, string>;

async function readSums(query: MoveDatabase['query']): Promise<Sums> {
  const rows = await query('select left(session_key, 2) as digits, sum(version)::text as sum from session group by 1');
  return new Map(rows.map((row) => [row['digits'] as string, row['sum'] as string]));
}

const changed = (before: Sums, after: Sums, buckets: readonly number[]): number[] =>
  buckets.filter((bucket) => before.get(bucket.toString(16)) !== after.get(bucket.toString(16)));

describe('a flip under load', () => {
  /** One pair of buckets gives up while the other, which did so the time before, takes over again. */
  async function* alternate(database: MoveDatabase): AsyncGenerator<{ gone: readonly number[]; atFlip: Sums }> {
    const fences = await readFences(controller);
    const flip = async (leaving: readonly number[], coming: readonly number[]): Promise<Sums> => {
      let atFlip: Sums | undefined;
      const changes = [...leaving, ...coming].map((bucket) => {
        const expected = fences[bucket] as Fence;
        fences[bucket] = { ...expected, ...(leaving.includes(bucket) ? giveUp : takeOver)(expected) };
        return { bucket, expected, next: fences[bucket] };
      });
      const done = await changeFences(database, changes, {}, async (query) => {
        atFlip = await readSums(query);
      });
      expect(done.size).toBe(changes.length);
      return atFlip as Sums;
    };
    let atFlip = await flip(PAIRS[0], []);
    for (let round = 0; ; round++) {
      yield { gone: PAIRS[round % 2] as readonly number[], atFlip };
      atFlip = await flip(PAIRS[(round + 1) % 2] as readonly number[], PAIRS[round % 2] as readonly number[]);
    }
  }

  const everythingOlderHasEnded = async (): Promise<void> => {
    const [row] = await controller.query('select clock_timestamp() as now');
    await until('older transactions have ended', async () => {
      const older = await controller.query(
        'select from pg_stat_activity where datname = current_database() and xact_start < $1 and pid <> pg_backend_pid()',
        [row?.['now']],
      );
      return older.length === 0;
    });
  };

  it('lets no write be late: 100 flips under twelve busy writers', async () => {
    const writers = await startBusyWriters(databases.main, PAIRS.flat());
    const late: unknown[] = [];
    let flips = 0;
    let before: { gone: readonly number[]; atFlip: Sums } | undefined;
    try {
      for await (const now of alternate(controller)) {
        // Whoever gave up the time before has been unable to change anything from that flip to this one.
        if (before !== undefined && changed(before.atFlip, now.atFlip, before.gone).length > 0) late.push(flips);
        writers.flipped(now.gone, 2 * Math.ceil(++flips / 2));
        if (flips > 100) break;
        before = now;
      }
    } finally {
      await writers.stop();
    }
    expect(late).toEqual([]);
    expect(writers.outdated).toEqual([]);
    expect(writers.counts.served).toBeGreaterThan(100);
    expect(writers.counts.refused).toBeGreaterThan(100);
  });

  it('would let writes be late without the lock', async () => {
    const writers = await startBusyWriters(databases.main, PAIRS.flat());
    let rounds = 0;
    let late: number[] = [];
    try {
      for await (const { gone } of alternate(withoutTableLock(controller))) {
        // The flip has been acknowledged: nothing that appears from now on can have been committed before it.
        const before = await readSums(controller.query);
        await everythingOlderHasEnded();
        late = changed(before, await readSums(controller.query), gone);
        if (late.length > 0 || ++rounds === 25) break;
      }
    } finally {
      await writers.stop();
    }
    expect(late).not.toEqual([]);
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
    const before = await readSums(controller.query);
    await end(holder);
    expect((await writing)[0]).toMatchObject({ version: expect.any(Number) });
    expect(changed(before, await readSums(controller.query), [BUCKET])).toEqual([BUCKET]);
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
