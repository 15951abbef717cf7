import { createMainClient, createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { prismaExecutor, type SqlExecutor } from '@switchyard/session-backends';
import { countExpiredSessions } from '../../src/admin/count-expired-sessions.ts';
import { purgeSessions } from '../../src/admin/purge-sessions.ts';
import { versionOf } from '../../src/fence/rules.ts';
import { drawSessionKey, encodeKey } from '../../src/keys.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { AUTHORITY, insertRows, storedKeys, writeEachFence, writeFences } from '../support/fence-rows.ts';

const MOVE = '00000000-0000-0000-0000-00000000000a';
const HOUR_MS = 3_600_000;

const newKeys = (count: number): string[] => Array.from({ length: count }, () => encodeKey(drawSessionKey())).sort();
const expired = (key: string) => ({
  key,
  data: '{}',
  expiresAt: new Date(Date.now() - HOUR_MS),
  version: versionOf(1, 1),
});
const live = (key: string) => ({ ...expired(key), expiresAt: new Date(Date.now() + HOUR_MS) });

/** The names of the nodes of a plan that read the whole table of sessions. */
function scansOf(plan: unknown): string[] {
  if (Array.isArray(plan)) return plan.flatMap(scansOf);
  if (typeof plan !== 'object' || plan === null) return [];
  const node = plan as Record<string, unknown>;
  const own = node['Relation Name'] === 'session' && node['Node Type'] === 'Seq Scan' ? ['Seq Scan'] : [];
  return [...own, ...Object.values(node).flatMap(scansOf)];
}

describe('a purge', () => {
  let databases: TestDatabases;
  let executor: SqlExecutor;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(async () => {
    executor = pgExecutor(databases.main);
    await writeEachFence(databases.main, AUTHORITY);
    await databases.main.query('truncate session, session_outbox');
  });

  const purge = (options: Partial<Parameters<typeof purgeSessions>[0]> = {}): Promise<number> =>
    purgeSessions({ executor, batchSize: 10, pauseMs: 0, ...options });

  /** Does something at the moment when the rows are listed and not deleted yet. */
  const between = (work: () => Promise<unknown>): SqlExecutor => ({
    query: async (text, values, options) => {
      if (options.name === 'sy_purge_sha256') await work();
      return executor.query(text, values, options);
    },
  });

  const untilAsleep = async (): Promise<void> => {
    for (let tries = 0; tries < 100; tries++) {
      const { rowCount } = await databases.main.query(
        `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      );
      if (rowCount === 1) return;
    }
    throw new Error('nobody sleeps');
  };

  it('deletes what has expired, tombstones too, and leaves what has not', async () => {
    const [gone, buried, kept, keptTombstone] = newKeys(4) as [string, string, string, string];
    const rows = [
      expired(gone),
      { ...expired(buried), data: null },
      live(kept),
      { ...live(keptTombstone), data: null },
    ];
    await insertRows(databases.main, rows);
    expect(await countExpiredSessions(executor)).toEqual({ disposable: 2, kept: 0 });
    expect(await purge()).toBe(2);
    expect(await storedKeys(databases.main)).toEqual([kept, keptTombstone]);
  });

  it('goes on past rows that somebody holds, and takes them the next time', async () => {
    const keys = newKeys(50);
    await insertRows(databases.main, keys.map(expired));
    const held = keys.slice(0, 25);
    const client = await databases.main.connect();
    await client.query('begin');
    await client.query('select from session where session_key = any($1) for update', [held]);
    expect(await purge()).toBe(25);
    await client.query('rollback');
    client.release();
    expect(await storedKeys(databases.main)).toEqual(held);
    expect(await purge()).toBe(25);
  });

  it('leaves a row that is being touched, and when it has been', async () => {
    const [key] = newKeys(1) as [string];
    await insertRows(databases.main, [expired(key)]);
    const client = await databases.main.connect();
    await client.query('begin');
    await client.query(`update session set expires_at = now() + interval '1 hour', version = version + 1`);
    expect(await purge()).toBe(0);
    await client.query('commit');
    client.release();
    expect(await purge()).toBe(0);
    expect(await storedKeys(databases.main)).toEqual([key]);
  });

  it.each([
    ['touched', `update session set expires_at = now() + interval '1 hour', version = version + 1`],
    // As a destroy does that began before the session expired: the other database has to be told.
    [
      'destroyed',
      `with w as (update session set data = null, version = version + 1 returning *)
       insert into session_outbox (session_key, bucket, version) select session_key, 0, version from w`,
    ],
    ['in a merge', 'update session_fence set merge = true'],
    ['given up', `update session_fence set state = 'gone'`],
  ])('leaves rows that are %s between their listing and their end, of a move too', async (_, change) => {
    const keys = newKeys(20);
    await insertRows(databases.main, keys.map(expired));
    await writeEachFence(databases.main, { ...AUTHORITY, capture: true, moveId: MOVE });
    let changed = false;
    const racing = between(async () => {
      if (!changed) await databases.main.query(change);
      changed = true;
    });
    expect(await purge({ executor: racing })).toBe(0);
    expect(await storedKeys(databases.main)).toEqual(keys);
  });

  it('leaves a row whose change and outbox entry were committed while it was looking', async () => {
    const [key] = newKeys(1) as [string];
    await insertRows(databases.main, [expired(key)]);
    await writeEachFence(databases.main, { ...AUTHORITY, capture: true, moveId: MOVE });
    const unnamed = pgExecutor(databases.main, { named: false });
    const slow: SqlExecutor = {
      query: (text, values, options) =>
        unnamed.query(text.replace('from unnest(', 'from (select pg_sleep(0.2)) as nap, unnest('), values, options),
    };
    const purging = purge({ executor: slow });
    await untilAsleep();
    await databases.main.query(
      `with w as (update session set data = null, version = version + 1 returning *)
       insert into session_outbox (session_key, bucket, version) select session_key, 0, version from w`,
    );
    expect(await purging).toBe(0);
    expect(await storedKeys(databases.main)).toEqual([key]);
  });

  it('runs twice at once without taking a row twice', async () => {
    const keys = newKeys(200);
    await insertRows(databases.main, keys.map(expired));
    const counts = await Promise.all([purge(), purge(), purge()]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(200);
    expect(await storedKeys(databases.main)).toEqual([]);
  });

  it('stops after the batch under way, without sitting out its pause, and is taken up again', async () => {
    await insertRows(databases.main, newKeys(35).map(expired));
    const abort = new AbortController();
    const seen: number[] = [];
    const onProgress = (deleted: number): void => {
      seen.push(deleted);
      if (deleted === 20) abort.abort();
    };
    expect(await purge({ signal: abort.signal, onProgress, batchSize: 20, pauseMs: 3_600_000 })).toBe(20);
    expect(await purge({ signal: abort.signal })).toBe(0);
    expect(await purge({ onProgress })).toBe(15);
    expect(seen).toEqual([20, 10, 15]);
  });

  it('keeps to so many rows a second', async () => {
    await insertRows(databases.main, newKeys(30).map(expired));
    const began = performance.now();
    expect(await purge({ rowsPerSecond: 100 })).toBe(30);
    // The last batch has nothing to wait for.
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
  });

  it('leaves keys alone that are no hashes: nobody could say which bucket they are in', async () => {
    await insertRows(databases.main, [expired('some-sid-of-another-program'), expired('AB'.repeat(32))]);
    expect(await countExpiredSessions(executor)).toEqual({ disposable: 0, kept: 2 });
    expect(await purge()).toBe(0);
    expect(await purge({ keyEncoding: 'plain' })).toBe(2);
  });

  it('runs over a Prisma client, too', async () => {
    const keys = newKeys(3);
    await insertRows(databases.main, [expired(keys[0] as string), expired(keys[1] as string), live(keys[2] as string)]);
    const client = createMainClient(databases.main);
    const through = prismaExecutor(client);
    expect(await countExpiredSessions(through)).toEqual({ disposable: 2, kept: 0 });
    expect(await purge({ executor: through })).toBe(2);
    await client.$disconnect();
  });

  it.each([
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 1.5 }],
    ['pauseMs', { pauseMs: Number.NaN }],
    ['rowsPerSecond', { rowsPerSecond: 0 }],
  ])('refuses a %s that is none', async (name, options) => {
    await expect(purge(options)).rejects.toThrow(name);
  });

  describe('of a table of 50,000 rows', () => {
    /** `count` rows of one bucket, their expiries spread evenly from `from` to `to` hours from now. */
    const fill = (bucket: string, count: number, from: number, to: number): Promise<unknown> =>
      databases.main.query(
        `insert into session (session_key, data, expires_at)
         select $1::text || substr(encode(sha256(convert_to(concat_ws('/', $1::text, n, $3::float8, $4::float8), 'UTF8')), 'hex'), 3), repeat('x', 200),
           now() + ($3::float8 + ($4::float8 - $3::float8) * n / $2::int) * interval '1 hour'
         from generate_series(1, $2::int) as n`,
        [bucket, count, from, to],
      );

    beforeEach(async () => {
      await writeFences(
        databases.main,
        Array.from({ length: 3 }, (_, bucket) => ({ ...AUTHORITY, merge: bucket === 2 })),
      );
      await fill('00', 27_000, 1, 300);
      // More of one hour than are fetched at once, and others that have to stay in every hour.
      await fill('01', 11_000, -50, -50);
      await fill('01', 2_000, -100, -1);
      await fill('02', 10_000, -100, -1);
      await databases.main.query('analyze session');
    });

    it('reads no more of it than what has expired, once', async () => {
      const plans: string[] = [];
      // One connection, so that what it has read is counted when it is asked.
      const pool = createPool(databases.urls.main, { max: 1 });
      const only = pgExecutor(pool);
      const explaining: SqlExecutor = {
        query: async (text, values, options) => {
          const { rows } = await pool.query(`explain (format json) ${text}`, values as unknown[]);
          plans.push(...scansOf(rows).map((scan) => `${scan} in ${options.name}`));
          return only.query(text, values, options);
        },
      };
      const read = async (): Promise<number> => {
        await pool.query('select pg_stat_force_next_flush()');
        const { rows } = await pool.query<{ read: string }>(
          `select seq_tup_read + idx_tup_fetch as read from pg_stat_user_tables where relname = 'session'`,
        );
        return Number(rows[0]?.read);
      };
      try {
        const before = await read();
        expect(await purge({ executor: explaining, batchSize: 1_000 })).toBe(13_000);
        expect(plans).toEqual([]);
        // 23,000 have expired, 12,000 of them twice listed in their hour; each that goes is locked and deleted.
        expect((await read()) - before).toBeLessThan(23_000 + 12_000 + 3 * 13_000);
      } finally {
        await pool.end();
      }
      expect(await countExpiredSessions(executor)).toEqual({ disposable: 0, kept: 10_000 });
    });
  });
});
