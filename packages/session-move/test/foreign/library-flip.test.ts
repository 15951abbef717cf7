import { createPool } from '@switchyard/databases';
import { bucketOfStored, type StoredKey } from '@switchyard/session-backends';
import type { Fence, SiteWrite } from '@switchyard/session-backends/fence';
import type { Pool } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeFences, readFences } from '../../src/fence-table.ts';
import type { MoveDatabase } from '../../src/move-database.ts';
import { giveUp, takeOver } from '../support/flip.ts';
import { until } from '../support/until.ts';
import { withoutTableLock } from '../support/without-table-lock.ts';
import { openForeignSides, type ForeignSides } from './open-foreign-sides.ts';

const FLIPS = 25;
const KEYS = Array.from({ length: 12 }, (_, i) => `shopper-${i}` as StoredKey);
const BUCKETS = [...new Set(KEYS.map((key) => bucketOfStored(key, 'plain')))];
const SET = `insert into session (sid, sess, expire) values ($1, '{"n":1}', now() + interval '1 hour')
  on conflict (sid) do update set sess = excluded.sess, expire = excluded.expire`;

/** Refused by the fence, or overtaken in a transaction that keeps its first snapshot. */
const EXPECTED = ['SY003', '40001'];

describe('a flip under writers who know nothing of it', () => {
  let sides: ForeignSides;
  let pool: Pool;
  beforeEach(async () => {
    sides = await openForeignSides('connect-pg-simple');
    await sides.makeReady();
    pool = createPool(sides.databases.urls.main, { max: 20 });
  });
  afterEach(async () => {
    await pool.end();
    await sides.close();
  });

  const key = (): StoredKey => KEYS[Math.floor(Math.random() * KEYS.length)] as StoredKey;

  /** The library in autocommit and in transactions of each isolation, deletes, our own writes, and who just holds rows. */
  function startWriters(): { readonly counts: { served: number; refused: number }; stop(): Promise<void> } {
    const counts = { served: 0, refused: 0 };
    let stopped = false;
    const failures: unknown[] = [];
    const inTransaction = async (isolation: string): Promise<boolean> => {
      const client = await pool.connect();
      try {
        await client.query(`begin isolation level ${isolation}`);
        await client.query('select count(*) from session');
        await sleep(3);
        await client.query(SET, [key()]);
        await sleep(3);
        await client.query('commit');
        return true;
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    };
    const ours = async (): Promise<boolean> => {
      const writes = [...new Set([key(), key()])].map((each): SiteWrite => ({
        kind: 'update',
        key: each,
        bucket: bucketOfStored(each, 'plain'),
        data: '{"n":2}',
        expiresAt: new Date(Date.now() + 3_600_000),
        userId: null,
        expectedVersion: undefined,
        believedEpoch: 0,
        adoptedEpoch: null,
        step: 1,
      }));
      return (await sides.old.site.write(writes)).some(({ version }) => version !== undefined);
    };
    const work: readonly (() => Promise<boolean>)[] = [
      async () => (await pool.query(SET, [key()])).rowCount === 1,
      async () => (await pool.query(SET, [key()])).rowCount === 1,
      async () => (await pool.query('delete from session where sid = $1', [key()])).rowCount === 1,
      () => inTransaction('read committed'),
      () => inTransaction('repeatable read'),
      () => inTransaction('serializable'),
      ours,
      ours,
    ];
    const loops = work.map(async (once) => {
      while (!stopped)
        try {
          if (await once()) counts.served++;
        } catch (error) {
          const { code } = error as { code?: string };
          if (EXPECTED.includes(String(code))) counts.refused++;
          else {
            failures.push(error);
            stopped = true;
          }
        }
    });
    return {
      counts,
      stop: async () => {
        stopped = true;
        await Promise.all(loops);
        if (failures.length > 0) throw failures[0];
      },
    };
  }

  /** Every write raises a version or adds a row. */
  const readSum = async (query: MoveDatabase['query']): Promise<string> => {
    const [row] = await query('select count(*) || $1 || sum(version) as sum from session', ['/']);
    return String(row?.['sum']);
  };

  async function flipAll(database: MoveDatabase, next: (fence: Fence) => Partial<Fence>): Promise<string> {
    const fences = await readFences(sides.old.database);
    let sum = '';
    const changes = BUCKETS.map((bucket) => {
      const expected = fences[bucket] as Fence;
      return { bucket, expected, next: { ...expected, ...next(expected) } };
    });
    const changed = await changeFences(database, changes, {}, async (query) => {
      sum = await readSum(query);
    });
    expect(changed.size).toBe(BUCKETS.length);
    return sum;
  }

  it(`lets none of them be late, whatever their transactions are: ${FLIPS} flips`, async () => {
    const { database } = sides.old;
    const writers = startWriters();
    const late: unknown[] = [];
    try {
      for (let flips = 0; flips < FLIPS; flips++) {
        await sleep(10);
        const atFlip = await flipAll(database, giveUp);
        await sleep(10);
        const after = await flipAll(database, takeOver);
        if (after !== atFlip) late.push({ flips, atFlip, after });
      }
    } finally {
      await writers.stop();
    }
    expect(late).toEqual([]);
    expect(writers.counts.served).toBeGreaterThan(50);
    expect(writers.counts.refused).toBeGreaterThan(50);
  });

  it('would let some be late without the lock', async () => {
    const { database } = sides.old;
    const writers = startWriters();
    let late = 0;
    try {
      for (let flips = 0; flips < FLIPS && late === 0; flips++) {
        await sleep(10);
        await flipAll(withoutTableLock(database), giveUp);
        const before = await readSum(database.query);
        await sleep(15);
        if ((await readSum(database.query)) !== before) late++;
        await flipAll(withoutTableLock(database), takeOver);
      }
    } finally {
      await writers.stop();
    }
    expect(late).toBeGreaterThan(0);
  });

  it('waits for the transaction of a library that has written, and comes before the next', async () => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query(SET, [KEYS[0]]);
    let isFlipped = false;
    const flipping = flipAll(sides.old.database, giveUp).finally(() => (isFlipped = true));
    await until('the flip waits', async () => {
      const rows = await sides.old.database.query(
        `select from pg_locks where relation = 'session_fence'::regclass and not granted and mode = 'AccessExclusiveLock'`,
      );
      return rows.length > 0;
    });
    expect(isFlipped).toBe(false);
    await client.query('commit');
    await flipping;
    await expect(client.query(SET, [KEYS[0]])).rejects.toMatchObject({ code: 'SY003' });
    client.release();
  });
});
