import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRandom } from '../../src/random.ts';
import type { RedisServer } from '../../src/stage/redis-server.ts';
import { openSessionCache, type SessionCache } from '../../src/stage/session-cache.ts';
import { describeWithRedisServer } from '../support/with-redis-server.ts';

describeWithRedisServer('the cache of a rehearsal', () => {
  let folder: string;
  let cache: SessionCache;
  let server: RedisServer;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'switchyard-redis-'));
    cache = await openSessionCache(folder);
    server = cache.server as RedisServer;
    await server.redis.mset(Array.from({ length: 200 }, (_, index) => [`key ${index}`, '1']).flat());
  });
  afterEach(async () => {
    await cache.close();
    rmSync(folder, { recursive: true });
  });

  it('forgets a part of its entries', async () => {
    await cache.evict(0.5, createRandom(1));
    expect(Math.abs((await server.redis.dbsize()) - 100)).toBeLessThan(40);
  });

  it('forgets all of its entries', async () => {
    await cache.empty();
    expect(await server.redis.dbsize()).toBe(0);
  });

  it('is away when it is killed, and comes back with what it had when that was saved, or with nothing', async () => {
    await server.save();
    await server.redis.set('later', '1');
    await server.kill();
    await expect(server.redis.ping()).rejects.toThrow();
    await server.start('saved');
    expect(await server.redis.dbsize()).toBe(200);
    expect(await server.redis.exists('later')).toBe(0);
    await server.kill();
    await server.start('nothing');
    expect(await server.redis.dbsize()).toBe(0);
  });
});
