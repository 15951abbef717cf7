import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type Fence, type Site } from '@switchyard/session-backends/fence';
import type { Pool } from 'pg';
import { changeFences, readFences } from '../src/fence-table.ts';
import { pgMoveDatabase, type MoveDatabase } from '../src/move-database.ts';
import {
  manualVacuum,
  openTransaction,
  preparedTransaction,
  runningStatement,
  type FenceHolder,
  type OpenHolder,
} from './support/fence-holders.ts';
import { flip, giveUp } from './support/flip.ts';
import { storedKeyIn } from './support/stored-keys.ts';
import { until } from './support/until.ts';

const BUCKET = 16;
const KEY = storedKeyIn(BUCKET);
const LATER = new Date('2100-01-01T00:00:00Z');
const ANY_ROW = { bucket: BUCKET, key: KEY, believedEpoch: 0, adoptedEpoch: null } as const;

let databases: TestDatabases;
let holderPool: Pool;
let controllerPool: Pool;
let controller: MoveDatabase;
let site: Site;
beforeAll(async () => {
  databases = await openTestDatabases();
  holderPool = createPool(databases.urls.main, { applicationName: 'nightly report' });
  controllerPool = createPool(databases.urls.main, { applicationName: 'controller' });
  controller = pgMoveDatabase(controllerPool);
  site = postgresSite({ name: 'old', executor: pgExecutor(databases.main) });
});
beforeEach(async () => {
  await databases.main.query(`update session_fence set epoch = 1, state = 'auth', capture = false, move_id = null`);
  await databases.main.query('delete from session');
  await site.write([{ ...ANY_ROW, kind: 'create', data: '{}', expiresAt: LATER, userId: null, fresh: true }]);
});
afterEach(() => Promise.all(held.splice(0).map(({ release }) => release())));
afterAll(async () => {
  await Promise.all([holderPool.end(), controllerPool.end()]);
  await databases.close();
});

const held: FenceHolder[] = [];

/** Holds until it is released, or the test ends. */
async function hold(open: OpenHolder): Promise<FenceHolder> {
  const holder = await open(holderPool);
  held.push(holder);
  return holder;
}

async function letGo(holder: FenceHolder): Promise<void> {
  held.splice(held.indexOf(holder), 1);
  await holder.release();
}

/** Dead rows enough to keep a slow VACUUM busy. */
const litter = async (): Promise<void> => {
  await databases.main.query(
    `insert into session (session_key, data, expires_at) select 'ff' || n, repeat('x', 1000), now() + '1 h' from generate_series(1, 500) n`,
  );
  for (let i = 0; i < 20; i++) await databases.main.query('update session_fence set floor = floor');
};

/** Loads and saves one session over and over; resolves to how many were served, and how long the slowest took. */
function shopWhile(work: Promise<unknown>): Promise<{ served: number; slowestMs: number }> {
  let done = false;
  void work.catch(() => undefined).finally(() => (done = true));
  const serve = async (): Promise<{ served: number; slowestMs: number }> => {
    let served = 0;
    let slowestMs = 0;
    while (!done) {
      const begin = performance.now();
      const [loaded] = await site.load([ANY_ROW]);
      const [touched] = await site.write([{ ...ANY_ROW, kind: 'touch', expiresAt: LATER }]);
      if (loaded?.fence.state === 'auth' && touched?.version !== undefined) served++;
      slowestMs = Math.max(slowestMs, performance.now() - begin);
    }
    return { served, slowestMs };
  };
  return serve();
}

const isQueued = async (): Promise<boolean> =>
  (
    await databases.main.query(
      `select from pg_locks where not granted and mode = 'AccessExclusiveLock' and relation = 'session_fence'::regclass`,
    )
  ).rows.length > 0;

describe('a flip', () => {
  it.each([
    ['a manual VACUUM of the sessions', manualVacuum('session')],
    [
      'a long transaction that has written sessions past the store',
      openTransaction('update session set version = version + 1'),
    ],
    ['a long transaction that has read the sessions', openTransaction('select from session')],
  ])('is not held up by %s', async (_, open) => {
    await litter();
    await hold(open);
    expect(await flip(controller, [BUCKET], giveUp, { patienceMs: 0 })).toBe(1);
  });

  it.each([
    ['a manual VACUUM of the fences', manualVacuum('session_fence'), 'active', 'ShareUpdateExclusiveLock'],
    [
      'somebody who holds what an autovacuum holds',
      openTransaction('lock table session_fence in share update exclusive mode'),
      'idle in transaction',
      'ShareUpdateExclusiveLock',
    ],
    [
      'a long statement that reads the fences',
      runningStatement('select pg_sleep(60) from session_fence limit 1', 'session_fence'),
      'active',
      'AccessShareLock',
    ],
    [
      'a transaction that has read the fences and does nothing more',
      openTransaction('select from session_fence limit 1'),
      'idle in transaction',
      'AccessShareLock',
    ],
    [
      'a transaction that has saved a session and does nothing more',
      openTransaction(
        `with f as (select * from session_fence where bucket = ${BUCKET}) update session set version = version + 1 from f where session_key like '00%'`,
      ),
      'idle in transaction',
      'AccessShareLock',
    ],
  ])('behind %s gives up, says why and changes nothing, while the shop goes on', async (_, open, state, mode) => {
    await litter();
    const fences = await readFences(controller);
    const holder = await hold(open);
    // Old enough to be told from the short transactions of the shop.
    const begin = performance.now();
    const flipping = flip(controller, [BUCKET], giveUp, { patienceMs: 800 });
    const [shop, error] = await Promise.all([shopWhile(flipping), flipping.catch((cause: unknown) => cause)]);
    const tookMs = performance.now() - begin;
    expect(error).toMatchObject({
      name: 'MoveError',
      code: 'FLIP_BLOCKED',
      message: expect.stringMatching(
        new RegExp(
          `^The fences could not be locked within 800 ms\\. They are held by process ${holder.pid} ` +
            `\\(nightly report, ${state}, its transaction [0-9]+ s old, with ${mode}\\): let it finish or end it\\. Nothing was changed\\.$`,
        ),
      ),
    });
    expect(tookMs).toBeLessThan(3_000);
    expect(shop.served).toBeGreaterThan(1);
    // One try's worth of waiting, plus what a busy machine adds.
    expect(shop.slowestMs).toBeLessThan(1_500);
    expect(await readFences(controller)).toEqual(fences);
    await letGo(holder);
    expect(await flip(controller, [BUCKET], giveUp)).toBe(1);
  });

  it('goes through as soon as what was in its way has ended', async () => {
    const holder = await hold(openTransaction('select from session_fence limit 1'));
    const flipping = flip(controller, [BUCKET], giveUp, { patienceMs: 10_000 });
    await until('the flip waits', isQueued);
    await letGo(holder);
    expect(await flipping).toBe(1);
  });

  it('gives up within 2 s by default, and names a transaction that was prepared and left behind', async () => {
    await hold(preparedTransaction);
    const begin = performance.now();
    await expect(flip(controller, [BUCKET], giveUp)).rejects.toMatchObject({
      code: 'FLIP_BLOCKED',
      message: expect.stringMatching(/held by the prepared transaction "left-behind" \(its transaction [0-9]+ s old/),
    });
    expect(performance.now() - begin).toBeGreaterThan(2_000);
    expect(performance.now() - begin).toBeLessThan(4_000);
  });

  it('names only what holds the fences of its own database', async () => {
    const others = await openTestDatabases();
    const elsewhere = await openTransaction('select from session_fence limit 1')(others.main);
    await hold(openTransaction('select from session_fence limit 1'));
    await expect(flip(controller, [BUCKET], giveUp, { patienceMs: 0 })).rejects.toMatchObject({
      message: expect.not.stringContaining(`process ${elsewhere.pid} `),
    });
    await elsewhere.release();
    await others.close();
  });

  it('says so when it may not look at who is in its way', async () => {
    const role = `flipper_${process.pid}`;
    await databases.main.query(`create role ${role} login password 'x'`);
    await databases.main.query(`grant all on session_fence to ${role}`);
    const limited = createPool(Object.assign(new URL(databases.urls.main), { username: role, password: 'x' }).href);
    const holder = await hold(openTransaction('select from session_fence limit 1'));
    await expect(flip(pgMoveDatabase(limited), [BUCKET], giveUp, { patienceMs: 0 })).rejects.toMatchObject({
      code: 'FLIP_BLOCKED',
      message: expect.stringContaining(
        `held by process ${holder.pid} (nightly report, its age hidden from this user, with AccessShareLock)`,
      ),
    });
    await limited.end();
    await databases.main.query(`drop owned by ${role}`);
    await databases.main.query(`drop role ${role}`);
  });
});

describe('controllers that change the same fences at once', () => {
  it('have one winner per bucket', async () => {
    const fences = await readFences(controller);
    const all = fences.map((_, bucket) => bucket);
    const proposals = ['a', 'b', 'c', 'd'].map((digit) => `00000000-0000-0000-0000-00000000000${digit}`);
    const won = await Promise.all(
      proposals.map((moveId, n) =>
        changeFences(
          controller,
          // Each wants all buckets but every fourth, so that no two want the same ones.
          all
            .filter((bucket) => bucket % 4 !== n)
            .map((bucket) => {
              const expected = fences[bucket] as Fence;
              return { bucket, expected, next: { ...expected, capture: true, moveId } };
            }),
        ),
      ),
    );
    expect(won.reduce((sum, buckets) => sum + buckets.size, 0)).toBe(256);
    const after = await readFences(controller);
    won.forEach((buckets, n) => buckets.forEach((bucket) => expect(after[bucket]?.moveId).toBe(proposals[n])));
  });

  it.each(['epoch', 'state', 'merge', 'floor', 'capture', 'moveId'] as const)(
    'change nothing where the %s is not as expected',
    async (field) => {
      const fences = await readFences(controller);
      const wrong = {
        epoch: 2,
        state: 'idle',
        merge: true,
        floor: 1,
        capture: true,
        moveId: '00000000-0000-0000-0000-00000000000a',
      } as const;
      const expected: Fence = { ...(fences[BUCKET] as Fence), [field]: wrong[field] };
      const next: Fence = { ...expected, epoch: 5, state: 'gone' };
      expect(await changeFences(controller, [{ bucket: BUCKET, expected, next }])).toEqual(new Set());
      expect(await readFences(controller)).toEqual(fences);
    },
  );
});

describe('a controller that fails while it holds the lock', () => {
  it('is cut off by the server when it stops there, and the shop goes on', async () => {
    const fences = await readFences(controller);
    let shop: Promise<{ served: number; slowestMs: number }> | undefined;
    const flipping = flip(controller, [BUCKET], giveUp, {}, async (query) => {
      shop = shopWhile(flipping);
      // Not a second of waiting, but until the server has had enough.
      await until('the lock is gone', async () => {
        const { rows } = await holderPool.query(
          `select from pg_locks where granted and mode = 'AccessExclusiveLock' and relation = 'session_fence'::regclass`,
        );
        return rows.length === 0;
      });
      await query('select 1');
    });
    await expect(flipping).rejects.toThrow();
    expect((await shop)?.slowestMs).toBeLessThan(3_000);
    expect(await readFences(controller)).toEqual(fences);
  });

  it('leaves nothing behind when its connection is lost between two statements', async () => {
    const fences = await readFences(controller);
    await expect(
      flip(controller, [BUCKET], giveUp, {}, async (query) => {
        const [row] = await query('select pg_backend_pid() as pid');
        await holderPool.query('select pg_terminate_backend($1, 5000)', [row?.['pid']]);
      }),
    ).rejects.toThrow();
    expect(await readFences(controller)).toEqual(fences);
    expect(await flip(controller, [BUCKET], giveUp)).toBe(1);
  });

  it('keeps the connection after a try in vain', async () => {
    const holder = await hold(openTransaction('select from session_fence limit 1'));
    const flipping = flip(controller, [BUCKET], giveUp, { lockTimeoutMs: 20, patienceMs: 10_000 });
    const pids = new Set<number>();
    let seen = 0;
    await until('several tries', async () => {
      const { rows } = await holderPool.query<{ pid: number }>(
        `select pid from pg_locks where not granted and relation = 'session_fence'::regclass`,
      );
      rows.forEach(({ pid }) => pids.add(pid));
      return (seen += rows.length) > 20;
    });
    await letGo(holder);
    expect(await flipping).toBe(1);
    expect(pids.size).toBe(1);
  });
});
