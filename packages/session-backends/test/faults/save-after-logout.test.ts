import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor, type RedisLike, type SessionStore } from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { create, dataOf, destroy, ok, one, touch, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { raceAtCache } from '../support/race-at-cache.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { redisWithout, sqlWithout } from '../support/without-rule.ts';

let databases: TestDatabases;
let servers: TestRedis;
beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
});
afterAll(() => Promise.all([databases.close(), servers.close()]));

const saveAfterLogout = (redis: RedisLike): Promise<string | undefined> =>
  raceAtCache({
    databases,
    redis,
    prefix: servers.prefix,
    late: (key) => update(key, { data: 'saved' }),
    early: destroy,
  });

const saves = { text: 'if version and version < new then write(key, ARGV[at + 3], life) end' };
const tombstone = { text: `redis.call('SET', key, '-' .. new, 'PX', life)` };

describe('a save that comes to the cache after the logout', () => {
  it('does not bring the session back', async () => {
    expect(await saveAfterLogout(servers.redis)).toBeUndefined();
  });

  it.each([
    ['it writes over a tombstone', [{ ...saves, without: 'if version then write(key, ARGV[at + 3], life) end' }]],
    [
      'a logout leaves no tombstone and a save needs no entry to go over',
      [
        { ...saves, without: 'if not version or version < new then write(key, ARGV[at + 3], life) end' },
        { ...tombstone, without: `redis.call('DEL', key)` },
      ],
    ],
  ] as const)('does if %s', async (_name, rules) => {
    expect(await saveAfterLogout(redisWithout(servers.redis, ...rules))).toBe('saved');
  });
});

describe('a save or a touch that comes to the database after the logout', () => {
  const live = {
    text: 's.data is not null and s.expires_at > clock_timestamp()',
    without: 's.expires_at > clock_timestamp()',
  };
  const withTombstonesIgnored = (): SessionStore =>
    fencedStore({
      sites: [postgresSite({ name: 'old', executor: sqlWithout(pgExecutor(databases.main), /^sy_update/, live) })],
    });

  const saveAfter = async (store: SessionStore): Promise<[string, string | undefined]> => {
    const key = newKey();
    await ok(store, create(key));
    await ok(store, destroy(key));
    const { status } = await one(store, update(key, { data: 'saved' }));
    return [status, await dataOf(store, key)];
  };

  it('finds it gone, and brings it back where a tombstone is a row like any other', async () => {
    expect(await saveAfter(databaseStore(databases.main))).toEqual(['gone', undefined]);
    expect(await saveAfter(withTombstonesIgnored())).toEqual(['ok', 'saved']);
  });

  it('a touch never makes a row, and does where it inserts what is missing', async () => {
    const store = databaseStore(databases.main);
    const touchAfter = async (touching: SessionStore): Promise<string | undefined> => {
      const key = newKey();
      await ok(store, create(key));
      await ok(store, destroy(key));
      await touching.apply([touch(key)]);
      return dataOf(store, key);
    };
    // What stores do that touch with the session that they loaded before.
    const upserting: SessionStore = {
      ...store,
      apply: async (operations) => {
        for (const { key } of operations)
          await databases.main.query(
            `insert into session (session_key, data, expires_at) values ($1, 'touched', now() + interval '1 hour')
             on conflict (session_key) do update set data = excluded.data, expires_at = excluded.expires_at, version = session.version + 1`,
            [key],
          );
        return store.apply(operations);
      },
    };
    expect(await touchAfter(store)).toBeUndefined();
    expect(await touchAfter(upserting)).toBe('touched');
  });
});
