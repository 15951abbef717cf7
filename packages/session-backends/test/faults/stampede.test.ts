import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  cachedStore,
  memoryCache,
  pgExecutor,
  redisCache,
  type SessionCache,
  type SqlExecutor,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { create, dataOf, ok } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { newKey } from '../support/new-key.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';

let databases: TestDatabases;
let servers: TestRedis;
beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
});
afterAll(() => Promise.all([databases.close(), servers.close()]));

const caches: [string, () => SessionCache][] = [
  ['Redis', () => redisCache({ redis: servers.redis, prefix: servers.prefix })],
  ['memory', () => memoryCache()],
];

/** A miss without the token that says which misses may share a load. */
const withoutTokens = (cache: SessionCache): SessionCache => ({
  ...cache,
  get: async (keys) =>
    (await cache.get(keys)).map((answer) => (answer.status === 'miss' ? { ...answer, token: undefined } : answer)),
});

/** A hundred requests at once miss the cache. How many statements that is at the database. */
async function statementsOf(cache: SessionCache): Promise<number> {
  const key = newKey();
  await ok(databaseStore(databases.main), create(key));
  const real = pgExecutor(databases.main);
  let statements = 0;
  const executor: SqlExecutor = { query: (...args) => (statements++, real.query(...args)) };
  const store = cachedStore({ store: fencedStore({ sites: [postgresSite({ name: 'old', executor })] }), cache });
  const all = await Promise.all(Array.from({ length: 100 }, () => dataOf(store, key)));
  expect(new Set(all)).toEqual(new Set(['{"n":0}']));
  return statements;
}

describe.each(caches)('a hundred requests that miss a cache in %s at once', (_name, openCache) => {
  it('are one statement at the database, and more where they do not share it', async () => {
    expect(await statementsOf(openCache())).toBe(1);
    expect(await statementsOf(withoutTokens(openCache()))).toBeGreaterThan(1);
  });
});
