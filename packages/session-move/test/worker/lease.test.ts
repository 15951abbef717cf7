import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgMoveDatabase } from '../../src/move-database.ts';
import { databaseLease, type Lease } from '../../src/worker/lease.ts';

describe('the lease', () => {
  let databases: TestDatabases;
  beforeEach(async () => {
    databases = await openTestDatabases();
  });
  afterEach(() => databases.close());

  const leaseOf = (holder: string): Lease =>
    databaseLease({ database: pgMoveDatabase(databases.sessions), name: 'work', holder, ttlMs: 60_000 });
  /** Moves the database's clock, as far as leases are concerned. */
  const pass = (interval: string): Promise<unknown> =>
    databases.sessions.query('update session_lease set expires_at = expires_at - $1::interval', [interval]);

  it('is held by one at a time, under a token that counts up with each new holder', async () => {
    const [ada, bob] = [leaseOf('ada'), leaseOf('bob')];
    expect(await ada.acquire()).toBe(1);
    expect(await bob.acquire()).toBeUndefined();
    expect(await ada.renew()).toBe(true);
    await ada.release();
    expect(await ada.renew()).toBe(false);
    expect(await bob.acquire()).toBe(2);
    expect(await ada.acquire()).toBeUndefined();
  });

  it('passes to whoever asks when it has expired, and its holder learns that', async () => {
    const [ada, bob] = [leaseOf('ada'), leaseOf('bob')];
    await ada.acquire();
    await pass('59 seconds');
    expect(await bob.acquire()).toBeUndefined();
    await pass('1 second');
    expect(await bob.acquire()).toBe(2);
    expect(await ada.renew()).toBe(false);
    expect(ada.heldUntil()).toBe(0);
  });

  it('is kept by renewing it', async () => {
    const [ada, bob] = [leaseOf('ada'), leaseOf('bob')];
    await ada.acquire();
    await pass('59 seconds');
    await ada.renew();
    await pass('59 seconds');
    expect(await bob.acquire()).toBeUndefined();
  });

  it('is not let go for another one', async () => {
    const [ada, bob] = [leaseOf('ada'), leaseOf('bob')];
    await ada.acquire();
    await pass('61 seconds');
    await bob.acquire();
    await ada.release();
    expect(await bob.renew()).toBe(true);
    expect(await ada.acquire()).toBeUndefined();
  });

  it('is taken by one of many that ask at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, (_, i) => leaseOf(`holder ${i}`).acquire()));
    expect(tokens.filter((token) => token !== undefined)).toEqual([1]);
  });
});
