import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import type { RedisLike } from '@switchyard/session-backends';
import { touch, update } from '../../src/testing/contract-world.ts';
import { raceAtCache } from '../support/race-at-cache.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { redisWithout } from '../support/without-rule.ts';

let databases: TestDatabases;
let servers: TestRedis;
beforeAll(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
});
afterAll(() => Promise.all([databases.close(), servers.close()]));

const setIsNewer = {
  text: 'if version and version < new then write(key, ARGV[at + 3], life) end',
  without: 'if version then write(key, ARGV[at + 3], life) end',
};
const touchIsNext = { text: 'version == ARGV[at + 3] and', without: '' };

const twoSaves = (redis: RedisLike): Promise<string | undefined> =>
  raceAtCache({
    databases,
    redis,
    prefix: servers.prefix,
    late: (key) => update(key, { data: 'A' }),
    early: (key) => update(key, { data: 'B' }),
  });

it('of two saves whose changes come to the cache in the other order the later data is served, and without the comparison of versions the earlier', async () => {
  expect(await twoSaves(servers.redis)).toBe('B');
  expect(await twoSaves(redisWithout(servers.redis, setIsNewer))).toBe('A');
});

const saveAndTouch = (redis: RedisLike): Promise<string | undefined> =>
  raceAtCache({
    databases,
    redis,
    prefix: servers.prefix,
    late: (key) => update(key, { data: 'A' }),
    early: (key) => touch(key),
  });

it('a touch that overtakes a save at the cache does not make what was there before it the newest, and does unless it goes over the very version before', async () => {
  expect(await saveAndTouch(servers.redis)).toBe('A');
  expect(await saveAndTouch(redisWithout(servers.redis, touchIsNext))).toBe('{"n":0}');
});
