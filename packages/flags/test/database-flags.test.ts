import { OpenFeature, ProviderEvents, type Client } from '@openfeature/server-sdk';
import pg from 'pg';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { databaseFlagProvider } from '../src/database-flag-provider.ts';
import { moveFlags } from '../src/move-flags.ts';
import { postgresFlagSource } from '../src/postgres-flag-source.ts';

describe('flags in the main database', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());
  afterEach(async () => {
    await OpenFeature.clearProviders();
    await databases.main.query('update feature_flag set enabled = false');
  });

  const open = async (
    name: string,
    options: { listen?: boolean; pollMs?: number; delayMs?: number },
  ): Promise<Client> => {
    const source = postgresFlagSource({
      pool: databases.main,
      reconnectMs: 20,
      ...(options.listen && {
        createListener: () =>
          new pg.Client({ connectionString: databases.urls.main, application_name: 'flags-listener' }),
      }),
    });
    await OpenFeature.setProviderAndWait(
      name,
      databaseFlagProvider({ source, pollMs: options.pollMs ?? 60_000, delayMs: options.delayMs ?? 0 }),
    );
    return OpenFeature.getClient(name);
  };

  const set = (name: string, enabled: boolean): Promise<unknown> =>
    databases.main.query('update feature_flag set enabled = $2 where name = $1', [name, enabled]);

  const within = async (ms: number, check: () => Promise<boolean>): Promise<number> => {
    const start = performance.now();
    while (performance.now() - start < ms) {
      if (await check()) return performance.now() - start;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`not within ${ms} ms`);
  };

  it.each([
    ['announced', { listen: true }],
    ['polled for', { pollMs: 100 }],
  ])('are seen within a second of a change: %s', async (name, options) => {
    const client = await open(name, options);
    expect(await client.getBooleanValue('migration_flag', true)).toBe(false);
    await set('migration_flag', true);
    expect(await within(1_000, () => client.getBooleanValue('migration_flag', false))).toBeLessThan(1_000);
  });

  it('are seen again after the listening connection was cut', async () => {
    const client = await open('cut', { listen: true });
    await databases.main.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'flags-listener'`,
    );
    await set('new_db_router_flag', true);
    expect(await within(1_000, () => client.getBooleanValue('new_db_router_flag', false))).toBeLessThan(1_000);
  });

  it('are seen later by a process that is told to lag, and not before', async () => {
    const client = await open('late', { listen: true, delayMs: 300 });
    await set('migration_flag', true);
    expect(await within(1_500, () => client.getBooleanValue('migration_flag', false))).toBeGreaterThan(250);
  });

  it('fall back to the default when they are unknown', async () => {
    const client = await open('unknown', {});
    expect(await client.getBooleanDetails('no_such_flag', true)).toMatchObject({
      value: true,
      errorCode: 'FLAG_NOT_FOUND',
    });
    expect(await client.getStringDetails('migration_flag', 'x')).toMatchObject({
      value: 'x',
      errorCode: 'TYPE_MISMATCH',
    });
  });

  it('stay as they were pinned until the request ends', async () => {
    const client = await open('pinned', { listen: true });
    const flags = moveFlags(client);
    await flags.pin(async (atStart) => {
      await set('migration_flag', true);
      await within(1_000, async () => (await flags.read()).migrationFlag);
      expect(atStart.migrationFlag).toBe(false);
      expect(flags.current()).toBe(atStart);
    });
    await flags.pin((now) => expect(now.migrationFlag).toBe(true));
    expect(flags.current().migrationFlag).toBe(true);
  });
});

describe('a database that goes away', () => {
  it('leaves the flags as they were last seen, and says so', async () => {
    let reachable = true;
    const provider = databaseFlagProvider({
      pollMs: 10,
      source: {
        read: async () => {
          if (!reachable) throw new Error('unreachable');
          return new Map([['migration_flag', true]]);
        },
        subscribe: async () => async () => undefined,
      },
    });
    await OpenFeature.setProviderAndWait('away', provider);
    const client = OpenFeature.getClient('away');
    reachable = false;
    const stale = new Promise((resolve) => client.addHandler(ProviderEvents.Stale, resolve));
    await stale;
    expect(await client.getBooleanDetails('migration_flag', false)).toMatchObject({ value: true, reason: 'STALE' });
    await OpenFeature.clearProviders();
  });
});
