import { createPool, freePort } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { checkReadiness } from '../src/check-readiness.ts';
import type { Readiness } from '../src/shop/shop-dependencies.ts';

let databases: TestDatabases;
let away: Pool;
beforeAll(async () => {
  databases = await openTestDatabases();
  away = createPool(`postgres://nobody@127.0.0.1:${await freePort()}/nothing`);
});
afterAll(() => Promise.all([databases.close(), away.end()]));

/** As a process sees it that has just been started. */
const check = (main: Pool, sessions: Pool): Promise<Readiness> => {
  const site = (name: 'old' | 'new', pool: Pool) => postgresSite({ name, executor: pgExecutor(pool) });
  return checkReadiness({
    pools: { main, sessions },
    sessions: fencedStore({ sites: [site('old', main), site('new', sessions)] }),
    logger: pino({ level: 'silent' }),
  });
};

/** Gives the new database the first so many buckets. */
async function moveTo(buckets: number): Promise<void> {
  const epoch = buckets > 0 ? 2 : 1;
  const set = (pool: Pool, moved: string, left: string) =>
    pool.query(
      `update session_fence set epoch = case when bucket < $1 then $2 else 1 end,
         state = case when bucket < $1 then $3 else $4 end`,
      [buckets, epoch, moved, left],
    );
  await set(databases.sessions, 'auth', 'idle');
  await set(databases.main, 'gone', 'auth');
}

describe('the shop is ready', () => {
  it('when both databases answer', async () => {
    await moveTo(0);
    expect(await check(databases.main, databases.sessions)).toEqual({
      isReady: true,
      checks: { main: 'ok', sessions: 'ok', 'session store': 'ok' },
    });
  });

  it('without a sessions database that serves no sessions yet', async () => {
    await moveTo(0);
    expect(await check(databases.main, away)).toEqual({
      isReady: true,
      checks: { main: 'ok', sessions: 'unreachable', 'session store': 'ok' },
    });
  });

  it('for those whose sessions can be served', async () => {
    await moveTo(100);
    expect(await check(databases.main, away)).toEqual({
      isReady: true,
      checks: { main: 'ok', sessions: 'unreachable', 'session store': 'unavailable in part' },
    });
  });
});

describe('the shop is not ready', () => {
  it('without a sessions database that serves them all', async () => {
    await moveTo(256);
    expect(await check(databases.main, away)).toEqual({
      isReady: false,
      checks: { main: 'ok', sessions: 'unreachable', 'session store': 'unavailable' },
    });
  });

  it('without the main database, even when it serves no sessions any more', async () => {
    await moveTo(256);
    expect(await check(away, databases.sessions)).toEqual({
      isReady: false,
      checks: { main: 'unreachable', sessions: 'ok', 'session store': 'ok' },
    });
  });
});
