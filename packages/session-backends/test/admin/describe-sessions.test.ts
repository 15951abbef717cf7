import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { describeSessions } from '../../src/admin/describe-sessions.ts';
import { findKeyEncoding } from '../../src/admin/find-key-encoding.ts';
import type { ListedSession } from '../../src/admin/list-sessions.ts';
import { versionOf } from '../../src/fence/rules.ts';
import { drawSessionKey, encodeKey, type KeyEncoding, type StoredKey } from '../../src/keys.ts';
import { pgExecutor } from '../../src/pg-executor.ts';
import { insertRows } from '../support/fence-rows.ts';

const LATER = new Date(Date.now() + 3_600_000);

const listed = (key: StoredKey, version: number): ListedSession => ({
  key,
  record: { data: 'secret', expiresAt: LATER, version, userId: 'ada' },
});

describe('the description of a session', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  beforeEach(() => Promise.all([databases.main, databases.sessions].map((pool) => pool.query('truncate session'))));

  const both = () => ({ main: pgExecutor(databases.main), sessions: pgExecutor(databases.sessions) });
  const row = (key: string, version: number) => ({ key, data: 'secret', expiresAt: LATER, version });

  it('says where it lies as it is now, and since when', async () => {
    const [same, ahead, gone] = [1, 2, 3].map(() => encodeKey(drawSessionKey())) as [StoredKey, StoredKey, StoredKey];
    await insertRows(databases.main, [row(same, versionOf(1, 5)), row(ahead, versionOf(1, 5))]);
    await insertRows(databases.sessions, [row(same, versionOf(1, 5)), row(ahead, versionOf(2, 9))]);
    const began = new Date('2026-01-01T00:00:00Z');
    await databases.main.query('update session set created_at = $1, version = version + 1 where session_key = $2', [
      began,
      ahead,
    ]);
    const sessions = [listed(same, versionOf(1, 5)), listed(ahead, versionOf(2, 9)), listed(gone, versionOf(2, 1))];
    expect(await describeSessions(sessions, both())).toEqual([
      {
        ...common(same),
        createdAt: expect.any(Date),
        epoch: 1,
        version: versionOf(1, 5),
        databases: ['main', 'sessions'],
      },
      { ...common(ahead), createdAt: began, epoch: 2, version: versionOf(2, 9), databases: ['sessions'] },
      { ...common(gone), createdAt: undefined, epoch: 2, version: versionOf(2, 1), databases: [] },
    ]);
  });

  const common = (key: StoredKey) => ({ keyStart: key.slice(0, 8), expiresAt: LATER });

  it('shows neither the data nor, where keys are stored as they are, a part of the key', async () => {
    const key = drawSessionKey();
    const plain = encodeKey(key, 'plain');
    const described = await describeSessions([listed(plain, versionOf(1, 1))], both(), 'plain');
    expect(described[0]?.keyStart).toBe(encodeKey(key).slice(0, 8));
    expect(JSON.stringify(described)).not.toContain('secret');
  });

  it.each<[string, KeyEncoding | undefined, string[]]>([
    ['hashes', 'sha256', [encodeKey(drawSessionKey()), 'and one of somebody else']],
    ['plain', 'plain', [drawSessionKey(), 'AB'.repeat(32)]],
    ['unknown while there are none', undefined, []],
  ])('tells whether keys are %s', async (_, encoding, keys) => {
    await insertRows(
      databases.main,
      keys.map((key) => row(key, versionOf(1, 1))),
    );
    expect(await findKeyEncoding(pgExecutor(databases.main))).toBe(encoding);
  });
});
