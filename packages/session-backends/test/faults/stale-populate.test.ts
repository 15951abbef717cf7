import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  cachedStore,
  redisCache,
  type RedisLike,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import { create, dataOf, destroy, ok, update } from '../../src/testing/contract-world.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { gatedStore } from '../support/gated-store.ts';
import { newKey } from '../support/new-key.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { redisWithout, type Rule } from '../support/without-rule.ts';

let databases: TestDatabases;
let servers: TestRedis;
beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
});
afterAll(() => Promise.all([databases.close(), servers.close()]));

const fillNeedsToken: Rule = {
  text: `if read(key) == '?' .. ARGV[at] then write(key, ARGV[at + 1], ARGV[at + 2]) end`,
  without: 'write(key, ARGV[at + 1], ARGV[at + 2])',
};
const writeTakesToken: Rule = { text: `if mark == '?' then redis.call('DEL', key) end`, without: '' };

/** A reader misses and loads, a write is finished, the reader fills. What is read afterwards. */
async function afterwards(redis: RedisLike, write: (key: StoredKey) => SessionOperation): Promise<string | undefined> {
  const key = newKey();
  const database = gatedStore(databaseStore(databases.main));
  const cache = redisCache({ redis, prefix: servers.prefix });
  const filled: Promise<void>[] = [];
  const watched: typeof cache = {
    ...cache,
    fill: (fills) => (filled.push(cache.fill(fills)), filled[0] as Promise<void>),
  };
  const [reader, writer] = [
    cachedStore({ store: database, cache: watched }),
    cachedStore({ store: databaseStore(databases.main), cache }),
  ];
  await ok(databaseStore(databases.main), create(key, { data: 'before' }));
  const release = database.hold('load');
  const reading = dataOf(reader, key);
  await database.held('load');
  await ok(writer, write(key));
  release();
  expect(await reading).toBe('before');
  await Promise.all(filled);
  return dataOf(writer, key);
}

describe('a reader that fills the cache after', () => {
  it.each([
    ['a save', (key: StoredKey) => update(key, { data: 'after' }), 'after', [fillNeedsToken, writeTakesToken]],
    ['a logout', destroy, undefined, [fillNeedsToken]],
  ] as const)(
    '%s does not bring back what it loaded before, and does without the rules of the token',
    async (_name, write, expected, rules) => {
      expect(await afterwards(servers.redis, write)).toBe(expected);
      for (const rule of rules) expect(await afterwards(redisWithout(servers.redis, rule), write)).toBe('before');
    },
  );
});
