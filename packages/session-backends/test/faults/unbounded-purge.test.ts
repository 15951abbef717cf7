import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, purgeSessions, SqlFailure, type SqlExecutor } from '@switchyard/session-backends';
import { create } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { sqlWithout } from '../support/without-rule.ts';

const EXPIRED = 300;
const BATCH = 25;

let databases: TestDatabases;
beforeEach(async () => {
  databases = await openTestDatabases();
  const expiresAt = new Date(Date.now() - 3_600_000);
  await databaseStore(databases.main).apply(Array.from({ length: EXPIRED }, () => create(newKey(), { expiresAt })));
});
afterEach(() => databases.close());

const count = async (query: string): Promise<number> => Number((await databases.main.query(query)).rowCount);

/** The most rows that one statement of a purge keeps from everybody else. */
async function mostLocked(batchSize: number): Promise<number> {
  const client = await databases.main.connect();
  let most = 0;
  const executor: SqlExecutor = {
    query: async (text, values) => {
      await client.query('begin');
      const { rows } = await client.query(text, values as unknown[]);
      const all = await count('select from session');
      most = Math.max(most, all - (await count('select from session for update skip locked')));
      await client.query('commit');
      return rows;
    },
  };
  try {
    expect(await purgeSessions({ executor, batchSize, pauseMs: 0 })).toBe(EXPIRED);
  } finally {
    client.release();
  }
  return most;
}

describe('a purge of many expired sessions', () => {
  it('locks no more rows at a time than a batch has', async () => {
    expect(await mostLocked(BATCH)).toBe(BATCH);
  });

  it('locks all of them at once where it is not done in batches', async () => {
    expect(await mostLocked(Number.MAX_SAFE_INTEGER)).toBe(EXPIRED);
  });

  it('does not wait for a request that holds a row, and does if it does not skip what is locked', async () => {
    const impatient = createPool(`${databases.urls.main}?options=${encodeURIComponent('-c lock_timeout=100')}`);
    const request = await databases.main.connect();
    const skipping = { text: 'skip locked', without: '' };
    try {
      await request.query('begin');
      await request.query(
        'update session set version = version + 1 where session_key = (select min(session_key) from session)',
      );
      const executor = pgExecutor(impatient);
      const waiting = purgeSessions({
        executor: sqlWithout(executor, /^sy_purge_sha256/, skipping),
        batchSize: BATCH,
        pauseMs: 0,
      });
      await expect(waiting).rejects.toMatchObject(new SqlFailure('none', { code: '55P03' }));
      expect(await count('select from session')).toBe(EXPIRED);
      expect(await purgeSessions({ executor, batchSize: BATCH, pauseMs: 0 })).toBe(EXPIRED - 1);
    } finally {
      await request.query('rollback');
      request.release();
      await impatient.end();
    }
  });
});
