import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, type SessionOperation, type SessionStore, type StoredKey } from '@switchyard/session-backends';
import { epochOf, fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import type { Pool } from 'pg';
import { backfillBucket } from '../src/backfill.ts';
import { createMoveController, type MoveController } from '../src/move-controller.ts';
import { pgMoveDatabase } from '../src/move-database.ts';
import type { MoveSide } from '../src/move-side.ts';
import { drain } from '../src/outbox.ts';
import { startBusyWriters } from './support/busy-writers.ts';
import { openTransaction } from './support/fence-holders.ts';
import { flip, giveUp, takeOver } from './support/flip.ts';
import { findPgBouncer, startPgBouncer, type PgBouncer } from './support/pgbouncer.ts';
import { storedKeyIn } from './support/stored-keys.ts';

const program = findPgBouncer();
if (program === undefined)
  process.stderr.write('pgbouncer is not installed: its tests are left out (apt-get install pgbouncer)\n');

/** Fewer connections than clients, so that a transaction hardly ever finds the server process of the one before. */
const CONNECTIONS = 3;
const BUCKETS = [16, 17];
const LATER = new Date('2100-01-01T00:00:00Z');
const BODY = { expiresAt: LATER, userId: null } as const;

const create = (key: StoredKey, data: string): SessionOperation => ({
  kind: 'create',
  key,
  data,
  ...BODY,
  fresh: true,
});
const update = (key: StoredKey, data: string, expectedVersion?: number): SessionOperation => ({
  kind: 'update',
  key,
  data,
  ...BODY,
  expectedVersion,
});

it('is there where the project checks itself', () => {
  expect(process.env['CI'] === undefined || program !== undefined).toBe(true);
});

(program === undefined ? describe.skip : describe)('behind PgBouncer in transaction mode', () => {
  let databases: TestDatabases;
  let bouncers: PgBouncer[];
  let pools: Record<SiteName, Pool>;
  let sides: Record<SiteName, MoveSide>;
  let store: SessionStore;

  beforeAll(async () => {
    databases = await openTestDatabases();
    const open = async (url: string): Promise<Pool> => {
      const bouncer = await startPgBouncer(program as string, url, CONNECTIONS);
      bouncers.push(bouncer);
      return createPool(bouncer.through(url), { max: 20 });
    };
    bouncers = [];
    pools = { old: await open(databases.urls.main), new: await open(databases.urls.sessions) };
    const side = (name: SiteName): MoveSide => ({
      database: pgMoveDatabase(pools[name]),
      site: postgresSite({ name, executor: pgExecutor(pools[name], { named: false }) }),
    });
    sides = { old: side('old'), new: side('new') };
    store = fencedStore({ sites: [sides.old.site, sides.new.site] });
  });
  afterAll(async () => {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
    await Promise.all(bouncers.map((bouncer) => bouncer.stop()));
    await databases.close();
  });

  const statuses = async (...operations: SessionOperation[]): Promise<string[]> =>
    (await store.apply(operations)).map(({ status }) => status);
  const found = async (...keys: StoredKey[]): Promise<(string | null)[]> =>
    (await store.load(keys)).map((result) => (result.status === 'found' ? result.record.data : null));
  const versionOf = async (key: StoredKey): Promise<number> => {
    const [result] = await store.load([key]);
    return result?.status === 'found' ? result.record.version : 0;
  };

  it('many clients share few server processes', async () => {
    const pids = new Set<number>();
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        const { rows } = await pools.old.query<{ pid: number }>('select pg_backend_pid() as pid, pg_sleep(0.005)');
        rows.forEach(({ pid }) => pids.add(pid));
      }),
    );
    expect(pools.old.totalCount).toBeGreaterThan(CONNECTIONS);
    expect(pids.size).toBe(CONNECTIONS);
  });

  it('sessions are created, saved, touched, renamed and destroyed, by many at once', async () => {
    const visit = async (n: number): Promise<void> => {
      const [key, newKey] = [storedKeyIn(n), storedKeyIn(n)];
      expect(await statuses(create(key, `{"n":${n}}`))).toEqual(['ok']);
      expect(await statuses(create(key, '{}'))).toEqual(['taken']);
      const version = await versionOf(key);
      expect(await statuses(update(key, '{"a":1}', version))).toEqual(['ok']);
      expect(await statuses(update(key, '{"a":2}', version))).toEqual(['conflict']);
      expect(await statuses(update(key, '{"a":3}'))).toEqual(['ok']);
      expect(await statuses({ kind: 'touch', key, expiresAt: LATER })).toEqual(['ok']);
      const rename: SessionOperation = { ...update(key, '{"a":4}'), kind: 'rename', newKey } as SessionOperation;
      expect(await statuses(rename)).toEqual(['ok']);
      expect(await found(key)).toEqual([null]);
      expect(await found(newKey)).toEqual(['{"a":4}']);
      expect(await statuses({ kind: 'destroy', key: newKey })).toEqual(['ok']);
      expect(await statuses(update(newKey, '{}'))).toEqual(['gone']);
    };
    await Promise.all(Array.from({ length: 16 }, (_, n) => visit(n)));
  });

  it('so are sets of sessions', async () => {
    const keys = Array.from({ length: 12 }, (_, n) => storedKeyIn(n));
    const each = (operation: (key: StoredKey) => SessionOperation): Promise<string[]> =>
      statuses(...keys.map(operation));
    const ok = keys.map(() => 'ok');
    expect(await each((key) => create(key, '{}'))).toEqual(ok);
    expect(await each((key) => update(key, '{"a":1}'))).toEqual(ok);
    expect(await each((key) => ({ kind: 'touch', key, expiresAt: LATER }))).toEqual(ok);
    expect(await found(...keys)).toEqual(keys.map(() => '{"a":1}'));
    expect(await each((key) => ({ kind: 'destroy', key }))).toEqual(ok);
    expect(await found(...keys)).toEqual(keys.map(() => null));
  });

  it('flips are exact', async () => {
    const writers = await startBusyWriters(pools.old, BUCKETS, { named: false });
    try {
      for (let epoch = 2; epoch <= 20; epoch += 2) {
        const sums: unknown[] = [];
        const note = async (query: MoveSide['database']['query']): Promise<void> => {
          sums.push(
            await query(`select sum(version)::text as sum from session where left(session_key, 2) in ('10', '11')`),
          );
        };
        expect(await flip(sides.old.database, BUCKETS, giveUp, {}, note)).toBe(2);
        writers.flipped(BUCKETS, epoch);
        expect(await flip(sides.old.database, BUCKETS, takeOver, {}, note)).toBe(2);
        expect(sums[1]).toEqual(sums[0]);
      }
    } finally {
      await writers.stop();
    }
    expect(writers.outdated).toEqual([]);
    expect(writers.counts.served).toBeGreaterThan(10);
    await databases.main.query(`update session_fence set epoch = 1, state = 'auth'`);
    await databases.main.query(`delete from session`);
  });

  it('a flip that is blocked says by whom, and leaves no setting behind', async () => {
    const holder = await openTransaction('select from session_fence limit 1')(databases.main);
    await expect(flip(sides.old.database, BUCKETS, giveUp, { patienceMs: 400 })).rejects.toMatchObject({
      code: 'FLIP_BLOCKED',
      message: expect.stringContaining(`process ${holder.pid} (switchyard, idle in transaction`),
    });
    await holder.release();
    const settings = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const { rows } = await pools.old.query(
          `select current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle, pg_sleep(0.01)`,
        );
        return rows[0] as unknown;
      }),
    );
    settings.forEach((setting) => expect(setting).toMatchObject({ lock: '0', idle: '0' }));
  });

  it('a move goes there and back', async () => {
    const controller: MoveController = createMoveController(sides);
    const kept = BUCKETS.map(storedKeyIn);
    const [saved, destroyed, moved] = [storedKeyIn(16), storedKeyIn(16), storedKeyIn(17)] as const;
    const renamed = storedKeyIn(17);
    await store.apply([...kept, saved, destroyed, moved].map((key) => create(key, '{"at":"old"}')));
    const moveId = await controller.start();
    for (const bucket of BUCKETS) await backfillBucket(sides.old, sides.new, bucket, moveId);
    await store.apply([update(saved, '{"at":"old, captured"}')]);

    await controller.switch('new', BUCKETS);
    // In the merge: the row has to be adopted before it may be written.
    expect(await found(saved)).toEqual(['{"at":"old, captured"}']);
    const rename: SessionOperation = {
      ...update(moved, '{"at":"new"}'),
      kind: 'rename',
      newKey: renamed,
    } as SessionOperation;
    expect(await statuses(update(saved, '{"at":"new"}'), { kind: 'destroy', key: destroyed }, rename)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect(epochOf(await versionOf(saved))).toBe(2);
    await drain(sides.old, sides.new);
    expect(await controller.settle(BUCKETS)).toEqual([]);

    await controller.switch('old', BUCKETS);
    expect(await found(...kept, saved, destroyed, moved, renamed)).toEqual([
      '{"at":"old"}',
      '{"at":"old"}',
      '{"at":"new"}',
      null,
      null,
      '{"at":"new"}',
    ]);
    expect(await statuses(update(saved, '{"at":"old again"}'), create(destroyed, '{}'))).toEqual(['ok', 'taken']);
    expect(epochOf(await versionOf(saved))).toBe(3);
  });
});
