import pg from 'pg';
import {
  drawSessionKey,
  encodeKey,
  pgListen,
  type Listen,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import { versionOf } from '@switchyard/session-backends/fence';
import { createMoveController, type MoveController } from '../../src/move-controller.ts';
import { createMoveWorker, type MoveWorker, type MoveWorkerOptions } from '../../src/worker/move-worker.ts';
import type { WorkerEvent } from '../../src/worker/worker-status.ts';
import { flip } from '../support/flip.ts';
import { storedKeyIn } from '../support/stored-keys.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';
import { until } from '../support/until.ts';

const LATER = new Date(Date.now() + 3_600_000);
const create = (key: StoredKey, data = '{}'): SessionOperation => ({
  kind: 'create',
  key,
  data,
  expiresAt: LATER,
  userId: null,
  fresh: true,
});

describe('the worker of a move', () => {
  let sides: TwoSides;
  let controller: MoveController;
  const events: WorkerEvent[] = [];
  const started: MoveWorker[] = [];
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    sides = await openTwoSides();
    controller = createMoveController(sides);
    events.length = 0;
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((worker) => worker.close()));
    await Promise.all(closers.splice(0).map((close) => close()));
    await sides.databases.close();
  });

  const start = (options: Partial<MoveWorkerOptions> = {}): MoveWorker => {
    const worker = createMoveWorker({
      old: sides.old,
      new: sides.new,
      throttle: 'off',
      onEvent: (event) => events.push(event),
      ...options,
    });
    started.push(worker);
    void worker.run();
    return worker;
  };
  const listen = (side: 'main' | 'sessions'): Listen =>
    pgListen(() => new pg.Client({ connectionString: sides.databases.urls[side] }));
  const write = async (...keys: StoredKey[]): Promise<void> => {
    const results = await sides.openStore().apply(keys.map((key) => create(key)));
    for (const result of results) expect(result).toMatchObject({ status: 'ok' });
  };
  const newKeys = (count: number): StoredKey[] => Array.from({ length: count }, () => encodeKey(drawSessionKey()));
  const isAt = (side: 'main' | 'sessions', key: StoredKey): Promise<boolean> =>
    sides.databases[side]
      .query('select from session where session_key = $1', [key])
      .then(({ rows }) => rows.length === 1);
  const phases = async (): Promise<string[]> => [...new Set(await controller.phases())];
  const kinds = (): string[] => events.map(({ kind }) => kind);
  const took = async (work: () => Promise<void>): Promise<number> => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };

  it('backfills, carries both ways and ends merges, forward and back', async () => {
    await write(...newKeys(60));
    const worker = start();
    await controller.start();
    await until('the backfill is complete', () => kinds().includes('covered'));
    const [before, during, after] = newKeys(3) as [StoredKey, StoredKey, StoredKey];
    await write(before);
    await until('what is new at the old side is at the new one', () => isAt('sessions', before));

    await controller.switch('new');
    await until('every merge has ended', async () => (await phases()).join() === 'moved');
    await until('the old side has settled', async () => {
      const { rows } = await sides.databases.main.query(`select from session_fence where state <> 'idle'`);
      return rows.length === 0;
    });
    await write(during);
    await until('what is new at the new side is at the old one', () => isAt('main', during));

    await controller.switch('old');
    await until('every merge back has ended', async () => (await phases()).join() === 'mirroring');
    await write(after);
    await until('what is new after the way back is carried', () => isAt('sessions', after));
    expect(kinds()).toEqual(['leading', 'covered', 'settled', 'settled']);
    expect(worker.status()).toMatchObject({
      role: 'leader',
      token: 1,
      lost: { old: 0, new: 0 },
      backfill: { rows: 60, covered: 256 },
    });
  });

  it('leaves merges to others when it is told to', async () => {
    start({ settle: false });
    await controller.start();
    await until('the backfill is complete', () => kinds().includes('covered') || phasesAreCovered());
    await controller.switch('new');
    const [key] = newKeys(1) as [StoredKey];
    await write(key);
    await until('the worker has worked since', () => isAt('main', key));
    expect(await phases()).toEqual(['merging']);
    expect(await controller.settle()).toEqual([]);
  });
  const phasesAreCovered = async (): Promise<boolean> => {
    const { rows } = await sides.databases.sessions.query('select from session_move_cursor where done');
    return rows.length === 256;
  };

  it('ends a merge within milliseconds of the switch, woken by it', async () => {
    start({ listenOld: listen('main'), listenNew: listen('sessions') });
    await controller.start();
    await until('the backfill is complete', phasesAreCovered);
    const times: number[] = [];
    for (const to of ['new', 'old', 'new', 'old', 'new'] as const) {
      await until('the worker sleeps', async () => (await asleep('main')) && (await asleep('sessions')));
      await controller.switch(to);
      times.push(
        await took(() => until('every merge has ended', async () => !(await phases()).join().includes('merging'))),
      );
    }
    // Looking alone, it would take half a second on average.
    expect(times.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1_250);
  });

  /** The row that writers look for. */
  const asleep = async (side: 'main' | 'sessions'): Promise<boolean> => {
    const { rows } = await sides.databases[side].query(
      `select from session_lease where name = 'outbox/asleep' and expires_at > clock_timestamp()`,
    );
    return rows.length === 1;
  };

  it('is woken by the first write, and by no more while it is awake', async () => {
    let notified = 0;
    closers.push(await listen('main')('switchyard_outbox', () => notified++));
    await controller.start();
    // Both count once for being connected, and once for the start of the move.
    await until('the start is heard', () => notified >= 2);
    const heard = notified;
    await write(...newKeys(5));
    const worker = start({ listenOld: listen('main') });
    await until('the worker sleeps', () => asleep('main'));
    expect(await asleep('sessions')).toBe(false);
    expect(notified).toBe(heard);

    const times: number[] = [];
    for (const key of newKeys(5)) {
      await until('the worker sleeps', () => asleep('main'));
      times.push(await took(async () => (await write(key), until('it is carried', () => isAt('sessions', key)))));
      await until('the worker is awake', async () => !(await asleep('main')));
    }
    expect(times.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1_250);
    expect(notified).toBe(heard + 5);

    await until('the worker sleeps', () => asleep('main'));
    await worker.close();
    expect(await asleep('main')).toBe(false);
    await write(...newKeys(5));
    await sides.databases.main.query('notify switchyard_outbox');
    await until('what was said before is heard', () => notified > heard + 5);
    expect(notified).toBe(heard + 6);
  });

  it('shows how much waits, and for how long', async () => {
    await controller.start();
    await write(...newKeys(3));
    await sides.databases.main.query(`update session_outbox set created_at = created_at - interval '90 seconds'`);
    await flip(
      sides.new.database,
      Array.from({ length: 256 }, (_, bucket) => bucket),
      () => ({ floor: versionOf(2, 0) }),
    );
    const worker = start();
    await until('the lag has been read', () => worker.status().lag.old?.entries === 3);
    expect(worker.status().lag.old?.oldestMs).toBeGreaterThan(90_000);
    expect(worker.status().lag.new).toEqual({ entries: 0, oldestMs: 0 });
  });

  it('reports rows that are refused once, carries the others, and ends no merge before', async () => {
    await controller.start();
    await sides.backfill('');
    const [lost, fine] = [storedKeyIn(1), storedKeyIn(2)];
    await write(lost, fine);
    await flip(sides.new.database, [1], () => ({ floor: versionOf(2, 0) }));
    const worker = start();
    await until('it is reported', () => kinds().includes('lost-at-destination'));
    expect(events.at(-1)).toEqual({ kind: 'lost-at-destination', from: 'old', entries: 1 });
    expect(await isAt('sessions', fine)).toBe(true);
    await controller.switch('new');
    await until('the other merges have ended', async () => {
      const found = await controller.phases();
      return found.filter((phase) => phase === 'moved').length === 255;
    });
    expect((await controller.phases())[1]).toBe('merging');
    expect(worker.status().lost).toEqual({ old: 1, new: 0 });
    await flip(sides.new.database, [1], () => ({ floor: 0 }));
    await until('the last merge has ended', async () => (await phases()).join() === 'moved');
    expect(worker.status().lost).toEqual({ old: 0, new: 0 });
    expect(kinds().filter((kind) => kind === 'lost-at-destination')).toHaveLength(1);
  });

  it('sends nothing of a bucket whose fences contradict each other', async () => {
    await controller.start();
    await sides.backfill('');
    const [wrong, fine] = [storedKeyIn(7), storedKeyIn(8)];
    await write(wrong, fine);
    await flip(sides.new.database, [7], () => ({ state: 'auth', epoch: 2 }));
    await flip(sides.old.database, [7], () => ({ epoch: 3 }));
    start();
    await until('the other bucket is carried', () => isAt('sessions', fine));
    expect(await isAt('sessions', wrong)).toBe(false);
  });

  it('ends after the batch under way, and gives the lease away at once', async () => {
    await controller.start();
    const first = start({ listenNew: listen('sessions') });
    await until('the first one leads', () => first.status().role === 'leader');
    const second = start({ listenNew: listen('sessions') });
    await until('the second one stands by', () => second.status().role === 'standby');
    const elapsed = await took(async () => {
      await first.close();
      await until('the second one leads', () => second.status().role === 'leader');
    });
    expect(elapsed).toBeLessThan(1_000);
    expect(first.status()).toMatchObject({ role: 'stopped', token: undefined });
    expect(second.status().token).toBe(2);
  });

  it('ends when its signal says so, also before its turn has come', async () => {
    const first = start();
    await until('the first one leads', () => first.status().role === 'leader');
    const stop = new AbortController();
    const second = createMoveWorker({ old: sides.old, new: sides.new });
    const running = second.run(stop.signal);
    await until('the second one stands by', () => second.status().role === 'standby');
    stop.abort();
    await running;
    expect(second.status().role).toBe('stopped');
    expect(first.status().role).toBe('leader');
  });

  it('deletes what has expired at both sides', async () => {
    const expired = `insert into session (session_key, data, expires_at, version) values ($1, '{}', now() - interval '3 hours', $2)`;
    await sides.databases.main.query(expired, [storedKeyIn(1), versionOf(1, 5)]);
    start({ purgeEveryMs: 50 });
    await until('it is purged', () => kinds().includes('purged'));
    expect(events.find(({ kind }) => kind === 'purged')).toEqual({ kind: 'purged', side: 'old', rows: 1 });
  });
});
