import { Redis } from 'ioredis';
import { createRandom } from '../../src/random.ts';
import { openSessionCache, type SessionCache } from '../../src/stage/session-cache.ts';

const URL = process.env['REDIS_URL'] || 'redis://127.0.0.1:6379';

describe('the cache of a rehearsal', () => {
  let redis: Redis;
  let cache: SessionCache;
  const neighbour = `rehearsal-test-neighbour:${process.pid}`;
  const prefix = (): string => cache.environment['REDIS_PREFIX'] ?? '';
  const count = async (): Promise<number> => (await redis.keys(`${prefix()}*`)).length;

  beforeEach(async () => {
    redis = new Redis(URL);
    cache = await openSessionCache({ REDIS_URL: URL });
    await redis.mset(neighbour, '1', ...Array.from({ length: 200 }, (_, index) => [`${prefix()}${index}`, '1']).flat());
  });

  afterEach(async () => {
    await cache.close();
    await redis.del(neighbour);
    await redis.quit();
  });

  it('has a prefix of its own', () => {
    expect(prefix()).toMatch(/^rehearsal:[0-9a-f]{12}:$/);
    expect(cache.environment).toMatchObject({ REDIS_URL: URL, SESSION_CACHE: 'redis' });
  });

  it('forgets a part of its entries', async () => {
    await cache.evict(0.5, createRandom(1));
    expect(Math.abs((await count()) - 100)).toBeLessThan(40);
  });

  it('forgets all of its entries, and no others', async () => {
    await cache.empty();
    expect(await count()).toBe(0);
    expect(await redis.get(neighbour)).toBe('1');
  });

  it('leaves nothing behind', async () => {
    await cache.close();
    expect(await count()).toBe(0);
  });
});

describe('a Redis that does not answer', () => {
  it('is said so, without its URL, which may hold a password', async () => {
    const failure = openSessionCache({ REDIS_URL: 'redis://:secret@127.0.0.1:1' });
    await expect(failure).rejects.toMatchObject({
      code: 'REDIS_UNREACHABLE',
      message: expect.not.stringContaining('secret'),
    });
  });
});
