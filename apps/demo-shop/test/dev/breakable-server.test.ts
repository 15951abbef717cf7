import { breakableServer } from '../../src/dev/breakable-server.ts';
import { startDevRedis, type DevRedis } from '../../src/dev/dev-redis.ts';

it('what several operators want of a server is done one after the other, and said once', async () => {
  const said: string[] = [];
  const done: string[] = [];
  let isRunning = true;
  const change = (to: boolean, what: string) => async (): Promise<void> => {
    done.push(`${what}…`);
    await new Promise((resolve) => setImmediate(resolve));
    isRunning = to;
    done.push(what);
  };
  const plain = { isRunning: async () => isRunning, start: change(true, 'start'), stop: change(false, 'stop') };
  const server = breakableServer('Redis', plain, (line) => said.push(line));
  await Promise.all([server.stop(), server.stop(), server.start(), server.start()]);
  expect(done).toEqual(['stop…', 'stop', 'start…', 'start']);
  expect(said).toEqual(['Redis was killed', 'Redis was started again']);
});

it('a stop that fails keeps nobody from the next', async () => {
  const plain = {
    isRunning: async () => true,
    start: async () => undefined,
    stop: () => Promise.reject(new Error('no')),
  };
  const server = breakableServer('Redis', plain, () => undefined);
  await expect(server.stop()).rejects.toThrow('no');
  await expect(server.start()).resolves.toBeUndefined();
});

describe('a redis-server of our own', () => {
  let redis: DevRedis | undefined;
  afterAll(() => redis?.stop());

  it('is stopped and started again on its port', async () => {
    redis = await startDevRedis();
    if (redis === undefined) {
      process.stderr.write('No redis-server on the PATH: it is not tried whether npm run dev stops and starts one.\n');
      return;
    }
    const { url } = redis;
    expect(await redis.isRunning()).toBe(true);
    await redis.stop();
    expect(await redis.isRunning()).toBe(false);
    await redis.start();
    expect(await redis.isRunning()).toBe(true);
    expect(redis.url).toBe(url);
  });
});
