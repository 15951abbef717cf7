import type { Pool } from 'pg';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { compareRows, type RowComparison } from '../../src/move/compare-rows.ts';

let databases: TestDatabases;
beforeEach(async () => void (databases = await openTestDatabases()));
afterEach(() => databases.close());

const HOUR_MS = 3_600_000;
const later = new Date(Math.floor(Date.now() / 1_000) * 1_000 + HOUR_MS);
const signal = new AbortController().signal;

interface RowOptions {
  readonly data?: string | null;
  readonly expiresAt?: Date;
  readonly userId?: string | null;
}

const write = (
  pool: Pool,
  key: string,
  { data = '{}', expiresAt = later, userId = null }: RowOptions = {},
): Promise<unknown> =>
  pool.query('insert into session (session_key, data, expires_at, user_id) values ($1, $2, $3, $4)', [
    key,
    data,
    expiresAt,
    userId,
  ]);

const NONE = { lookedAtAgain: 0, onlyInMain: 0, onlyInSessions: 0, dataDiffers: 0, expiryDiffers: 0, userDiffers: 0 };
const compare = (limitMs = 0): Promise<RowComparison> => compareRows(databases, limitMs, signal);

describe('comparing the rows of both databases', () => {
  it('finds that they match, whatever their versions', async () => {
    for (const key of ['a', 'b']) await Promise.all([write(databases.main, key), write(databases.sessions, key)]);
    await databases.main.query('update session set version = version + 5');
    expect(await compare()).toEqual({ ...NONE, compared: 2, matching: 2 });
  });

  it('leaves out what is expired or destroyed on both sides', async () => {
    const past = new Date(Date.now() - HOUR_MS);
    await Promise.all([
      write(databases.main, 'a', { expiresAt: past }),
      write(databases.sessions, 'b', { data: null }),
    ]);
    expect(await compare()).toEqual({ ...NONE, compared: 0, matching: 0 });
  });

  it.each<readonly [keyof RowComparison, RowOptions | undefined, RowOptions | undefined]>([
    ['onlyInMain', {}, undefined],
    ['onlyInMain', {}, { data: null }],
    ['onlyInSessions', undefined, {}],
    ['onlyInSessions', { data: null }, {}],
    ['dataDiffers', { data: '{"a":1}' }, { data: '{"a":2}' }],
    ['expiryDiffers', {}, { expiresAt: new Date(later.getTime() + 1) }],
    ['userDiffers', {}, { userId: 'somebody' }],
  ])('tells %s of %j and %j', async (reason, main, sessions) => {
    await Promise.all([write(databases.main, 'same'), write(databases.sessions, 'same')]);
    if (main !== undefined) await write(databases.main, 'a', main);
    if (sessions !== undefined) await write(databases.sessions, 'a', sessions);
    expect(await compare()).toEqual({ ...NONE, compared: 2, matching: 1, lookedAtAgain: 1, [reason]: 1 });
  });

  it('reads again what differs because it is being written', async () => {
    await Promise.all([
      write(databases.main, 'a'),
      write(databases.main, 'gone'),
      write(databases.sessions, 'same'),
      write(databases.main, 'same'),
    ]);
    const comparing = compare(20_000);
    await Promise.all([
      write(databases.sessions, 'a'),
      databases.main.query(`delete from session where session_key = 'gone'`),
    ]);
    const { lookedAtAgain, ...result } = await comparing;
    expect(result).toEqual({ ...NONE, lookedAtAgain: undefined, compared: 2, matching: 2 });
    expect(lookedAtAgain).toBeLessThanOrEqual(2);
  });
});
