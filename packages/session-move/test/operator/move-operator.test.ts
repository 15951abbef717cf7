import pg from 'pg';
import {
  bucketOfStored,
  drawSessionKey,
  encodeKey,
  pgExecutor,
  SqlFailure,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { createMoveOperator, type MoveOperator, type Outcome } from '../../src/operator/move-operator.ts';
import type { MoveFlagName, MoveFlagsPort } from '../../src/operator/move-flags-port.ts';
import { readMoveStatus } from '../../src/operator/move-status.ts';
import { readAudit } from '../../src/operator/audit.ts';
import { pgMoveDatabase, type MoveDatabase } from '../../src/move-database.ts';
import type { MoveSide } from '../../src/move-side.ts';
import { recordVerify } from '../../src/verify/record-verify.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import { ALL_BUCKETS } from '../../src/verb-steps.ts';
import { waitOutAge } from '../../src/wait-out-age.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const LATER = new Date(Date.now() + 3_600_000);

const openFlags = (): MoveFlagsPort & { readonly on: Set<MoveFlagName> } => {
  const on = new Set<MoveFlagName>();
  return {
    on,
    read: async () => ({ migration_flag: on.has('migration_flag'), new_db_router_flag: on.has('new_db_router_flag') }),
    write: async (name, enabled) => void (enabled ? on.add(name) : on.delete(name)),
  };
};

const failed = (outcome: Outcome): string[] =>
  outcome.done ? [] : outcome.plan.checks.flatMap(({ ok, name, value }) => (ok ? [] : [`${name}: ${value}`]));

describe('the verbs of a move', () => {
  let sides: TwoSides;
  let flags: ReturnType<typeof openFlags>;
  let operator: MoveOperator;
  let store: SessionStore;
  beforeEach(async () => {
    sides = await openTwoSides();
    flags = openFlags();
    operator = createMoveOperator({ old: sides.old, new: sides.new, flags, actor: 'ada@test' });
    store = sides.openStore();
  });
  afterEach(() => sides.databases.close());

  const create = async (count: number): Promise<StoredKey[]> => {
    const keys = Array.from({ length: count }, () => encodeKey(drawSessionKey()));
    await store.apply(
      keys.map((key, n) => ({ kind: 'create', key, data: `{"n":${n}}`, expiresAt: LATER, userId: null, fresh: true })),
    );
    return keys;
  };
  const found = async (from: SessionStore, keys: readonly StoredKey[]): Promise<number> =>
    (await from.load(keys)).filter(({ status }) => status === 'found').length;
  const verify = async (): Promise<boolean> => {
    const report = await verifyMove(sides);
    await recordVerify(sides, 'ada@test', report);
    return report.clean;
  };
  const startAndFill = async (): Promise<void> => {
    const started = await operator.start();
    if (!started.done) throw new Error('not started');
    await sides.backfill(started.moveId);
    await sides.drain('old');
  };

  it('take the sessions over, back, over again and to the end, with a log in both databases', async () => {
    const keys = await create(60);
    await startAndFill();
    expect(flags.on).toEqual(new Set(['migration_flag']));
    expect(await verify()).toBe(true);

    expect(await operator.switch(10)).toEqual({ done: true, merging: 0 });
    expect((await readMoveStatus(sides)).moved).toBe(26);
    expect(await operator.switch(100)).toEqual({ done: true, merging: 0 });
    keys.push(...(await create(20)));
    expect(await operator.rollback(0)).toEqual({ done: true, merging: 0 });
    expect((await readMoveStatus(sides)).moved).toBe(0);
    expect(await found(store, keys)).toBe(80);

    expect(await operator.switch(100)).toEqual({ done: true, merging: 0 });
    expect(await verify()).toBe(true);
    const completed = await operator.complete(true);
    expect(completed).toMatchObject({ done: true, dropped: true });
    expect((completed as { freedBytes: number }).freedBytes).toBeGreaterThan(8_192);
    expect(flags.on).toEqual(new Set(['new_db_router_flag']));
    expect(await found(store, keys)).toBe(80);

    for (const side of [sides.old, sides.new]) {
      const actions = (await readAudit(side.database, 50)).map(({ actor, action }) => `${actor} ${action}`).reverse();
      expect(actions).toEqual(
        ['start', 'switch', 'switch', 'rollback', 'switch', 'complete'].flatMap((verb) => [
          `ada@test ${verb} begun`,
          `ada@test ${verb} done`,
        ]),
      );
    }
  });

  it('say before a switch what is missing, with value and threshold, and switch nothing', async () => {
    await create(5);
    expect(failed(await operator.switch(50))).toEqual([
      'state of the move: 256 off',
      'backfill: 0 of 128 buckets',
      'verify: none in this move',
    ]);
    const started = await operator.start();
    await create(5);
    expect(failed(await operator.switch(50))).toEqual(['backfill: 0 of 128 buckets', 'verify: none in this move']);
    await sides.backfill((started as { moveId: string }).moveId);
    await sides.databases.sessions.query(
      `insert into session (session_key, data, expires_at, version) values (repeat('a', 64), '{}', $1, $2)`,
      [LATER, 2 ** 40 + 7],
    );
    expect(await verify()).toBe(false);
    const outcome = await operator.switch(50);
    expect(failed(outcome)[0]).toMatch(/^verify: NOT clean, \d+ ms ago$/);
    expect(outcome.done ? undefined : outcome.plan.checks.find(({ name }) => name === 'verify')).toMatchObject({
      threshold: 'clean, ≤ 60 min ago',
      remedy: 'switchyard move verify --repair, then verify again',
    });
    expect((await readMoveStatus(sides)).moved).toBe(0);
    expect((await readAudit(sides.old.database))[0]).toMatchObject({
      action: 'switch refused',
      detail: { failed: ['verify'] },
    });
  });

  it.each([
    ['maxLagEntries', 0, /^lag from the old to the new database: 3 changes, the oldest \d+ ms old$/],
    ['maxVerifyAgeMs', 0, /^verify: clean, \d+ ms ago$/],
    ['maxLatencyMs', 0, /^old database is fast: \d+\.\d ms$/],
    ['maxClockDifferenceMs', -1, /^clocks of the databases agree: \d+ ms apart$/],
  ] as const)('refuse a switch beyond %s', async (limit, value, message) => {
    await startAndFill();
    await verify();
    await create(3);
    const strict = createMoveOperator({ ...sides, flags, actor: 'ada@test', thresholds: { [limit]: value } });
    expect(failed(await strict.switch(1))[0]).toMatch(message);
    expect((await operator.switch(1)).done).toBe(true);
  });

  it('refuse a switch while a long transaction is open, a database is read only, or one lacks a table', async () => {
    await startAndFill();
    await verify();
    const client = await sides.databases.main.connect();
    await client.query(`begin; set local application_name = 'report'; select 1`);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const strict = createMoveOperator({ ...sides, flags, actor: 'ada@test', thresholds: { maxTransactionSeconds: 0 } });
    expect(failed(await strict.switch(1))[0]).toMatch(
      /^old database has no long transaction: 1 s \(pid \d+, report\)$/,
    );
    await client.query('rollback');
    client.release();

    const pool = new pg.Pool({
      connectionString: sides.databases.urls.sessions,
      options: '-c default_transaction_read_only=on',
    });
    const readOnly: MoveSide = { ...sides.new, database: pgMoveDatabase(pool) };
    const onReplica = createMoveOperator({ old: sides.old, new: readOnly, flags, actor: 'ada@test' });
    expect(failed(await onReplica.switch(1))).toEqual(['new database can be written: read only']);
    await pool.end();

    await sides.databases.sessions.query('drop table session_lease');
    expect(failed(await operator.switch(1))[0]).toMatch(/^new database is migrated: lacks session_lease\./);
  });

  it('refuse to go back and forth with one verb, and say which is the right one', async () => {
    await startAndFill();
    await verify();
    await operator.switch(50);
    expect(failed(await operator.switch(10))).toEqual(['share: 128 of 256 buckets are at the new database']);
    expect(await operator.rollback(10)).toMatchObject({ done: true });
    expect((await readMoveStatus(sides)).moved).toBe(26);
  });

  it('can be cancelled before the first switch, and not after it', async () => {
    const keys = await create(5);
    await startAndFill();
    await verify();
    await operator.switch(1);
    expect(failed(await operator.cancel())).toHaveLength(1);
    // What has come back whole may be called off.
    await operator.rollback(0);
    expect(await operator.cancel()).toEqual({ done: true });
    expect(await found(store, keys)).toBe(5);
  });

  it('leave nothing behind when a move is cancelled, and let another one begin', async () => {
    const keys = await create(5);
    await startAndFill();
    expect(await operator.cancel()).toEqual({ done: true });
    expect(await operator.cancel()).toEqual({ done: true });
    expect(flags.on.size).toBe(0);
    const { rows } = await sides.databases.sessions.query('select count(*)::int as count from session');
    expect(rows).toEqual([{ count: 0 }]);
    await startAndFill();
    expect(await verify()).toBe(true);
    expect(await operator.switch(100)).toMatchObject({ done: true });
    expect(await found(store, keys)).toBe(5);
  });

  it('wait until new_db_router_flag reads on where they cannot set it', async () => {
    await startAndFill();
    await verify();
    await operator.switch(100);
    await verify();
    const told: string[] = [];
    let reads = 0;
    const elsewhere: MoveFlagsPort = {
      read: async () => ({ migration_flag: true, new_db_router_flag: ++reads > 3 }),
    };
    const guest = createMoveOperator({
      ...sides,
      flags: elsewhere,
      actor: 'ada@test',
      onWait: (what) => told.push(what),
    });
    expect(await guest.complete(false)).toMatchObject({ done: true, dropped: false });
    expect(told).toEqual([
      'set new_db_router_flag on where your flags are kept',
      'waiting until new_db_router_flag reads on',
      'set migration_flag off where your flags are kept',
    ]);
  });

  it.each([1, 2, 3])('are not harmed by two operators at once, attempt %d', async () => {
    const keys = await create(40);
    await startAndFill();
    await verify();
    const other = createMoveOperator({ old: sides.old, new: sides.new, flags, actor: 'bob@test' });
    await Promise.all([operator.switch(100), other.switch(100)]);
    expect((await readMoveStatus(sides)).phases).toEqual({ moved: 256 });
    await Promise.allSettled([operator.rollback(0), other.switch(100)]);
    // Whoever comes next puts an end to what they have left.
    expect(await operator.rollback(0)).toMatchObject({ done: true });
    expect((await readMoveStatus(sides)).phases).toEqual({ mirroring: 256 });
    expect(await found(store, keys)).toBe(40);
  });

  it('fill the new database by waiting, too: copy nothing, until each session has been written or has expired', async () => {
    const keys = await create(12);
    const started = await operator.start();
    const { moveId } = started as { moveId: string };
    const buckets = [...new Set(keys.map((key) => bucketOfStored(key)))];
    const wait = async (): Promise<number> => {
      let waiting = 0;
      for (const bucket of ALL_BUCKETS) waiting += (await waitOutAge(sides.old, sides.new, bucket, moveId)).sessions;
      return waiting;
    };
    expect(await wait()).toBe(12);
    expect(failed(await operator.switch(100))[0]).toBe(`backfill: ${256 - buckets.length} of 256 buckets`);
    await store.apply(keys.map((key) => ({ kind: 'touch', key, expiresAt: LATER })));
    await sides.drain('old');
    expect(await wait()).toBe(0);
    expect(await verify()).toBe(true);
    expect(await operator.switch(100)).toMatchObject({ done: true });
    expect(await found(store, keys)).toBe(12);
  });

  it.each([1, 2, 3, 4, 5].flatMap((step) => [false, true].map((after) => [step, after ? 'after' : 'before'] as const)))(
    'go back from a switch that was killed at its step %i, %s it was made, with everything written since',
    async (step, when) => {
      const keys = await create(10);
      await startAndFill();
      await verify();
      let steps = 0;
      const dying = (database: MoveDatabase): MoveDatabase => ({
        query: database.query,
        transaction: async (work) => {
          const dies = ++steps === step;
          if (dies && when === 'before') throw new Error('killed');
          const result = await database.transaction(work);
          if (dies) throw new Error('killed');
          return result;
        },
      });
      const killed = createMoveOperator({
        old: { ...sides.old, database: dying(sides.old.database) },
        new: { ...sides.new, database: dying(sides.new.database) },
        flags,
        actor: 'ada@test',
      });
      await expect(killed.switch(100)).rejects.toThrow('killed');
      keys.push(...(await create(10)));
      const outcome = await operator.rollback(0);
      expect(outcome).toMatchObject({ done: true });
      expect((await readMoveStatus(sides)).phases).toEqual({ mirroring: 256 });
      expect(await found(sides.openStore(), keys)).toBe(20);
    },
  );

  it.each([
    ['a pool', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['a store', new SqlFailure('unknown', new Error('Connection terminated unexpectedly'))],
    [
      'a connection that was broken already',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['a server that goes away', new SqlFailure('none', Object.assign(new Error('shutdown'), { code: '57P01' }))],
  ])('name a database that is away also where %s says so', async (_where, failure) => {
    await startAndFill();
    await expect(operator.run('backfill', {}, () => Promise.reject(failure))).rejects.toMatchObject({
      code: 'SIDE_UNREACHABLE',
      cause: failure,
    });
  });

  it('name a database that goes away while its state is looked at', async () => {
    await operator.start();
    const going: MoveDatabase = {
      ...sides.new.database,
      query: async (text, values) => {
        if (text.includes('from session_fence order by')) throw new Error('Connection terminated unexpectedly');
        return sides.new.database.query(text, values);
      },
    };
    const unlucky = createMoveOperator({ ...sides, new: { ...sides.new, database: going }, flags, actor: 'ada@test' });
    const lost = { code: 'SIDE_UNREACHABLE' };
    await expect(unlucky.plan('switch')).rejects.toMatchObject(lost);
    await expect(unlucky.run('backfill', {}, async () => ({}))).rejects.toMatchObject(lost);
  });

  it('name a database that is away, and go on when it is back', async () => {
    await startAndFill();
    await verify();
    let calls = 0;
    let away = false;
    const breaking = (database: MoveDatabase): MoveDatabase => ({
      query: database.query,
      transaction: async (work) => {
        if (++calls > 1 || away) throw Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
        return database.transaction(work);
      },
    });
    const unlucky = createMoveOperator({
      old: { ...sides.old, database: breaking(sides.old.database) },
      new: { ...sides.new, database: breaking(sides.new.database) },
      flags,
      actor: 'ada@test',
    });
    await expect(unlucky.switch(100)).rejects.toMatchObject({ code: 'SIDE_UNREACHABLE' });
    away = true;
    expect(await operator.switch(100)).toEqual({ done: true, merging: 0 });
  });

  it('end in a state that needs the old database no more', async () => {
    const keys = await create(10);
    await startAndFill();
    await verify();
    await operator.switch(100);
    await verify();
    // It has seen the old side as the authority only, and sleeps through the end of the move.
    const stale = sides.openStore();
    await operator.complete(true);
    expect(await found(stale, keys)).toBe(10);

    const away = async (): Promise<never> => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    };
    const gone = postgresSite({ name: 'old', executor: { query: away } });
    const site = postgresSite({ name: 'new', executor: pgExecutor(sides.databases.sessions) });
    expect(await found(fencedStore({ sites: [gone, site] }), keys)).toBe(10);

    const alone = postgresSite({ name: 'new', executor: pgExecutor(sides.databases.sessions), standalone: true });
    const without = fencedStore({ sites: [alone] });
    expect(await found(without, keys)).toBe(10);
    const [key] = keys as [StoredKey];
    expect((await without.apply([{ kind: 'destroy', key }]))[0]?.status).toBe('ok');
    expect(await found(without, keys)).toBe(9);

    const status = await readMoveStatus(sides);
    expect(status.phases).toEqual({ complete: 256 });
    expect(await operator.complete(true)).toMatchObject({ done: true });
  });
});
