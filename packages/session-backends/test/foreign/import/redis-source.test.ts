import {
  redisSource,
  type RedisCallable,
  type SessionSource,
  type SourceEntry,
} from '@switchyard/session-backends/foreign';
import { openTestRedis, type TestRedis } from '../../support/redis.ts';

let server: TestRedis;
beforeAll(async () => {
  server = await openTestRedis();
});
afterAll(() => server.close());

const all = async (source: SessionSource, limit = 10): Promise<SourceEntry[]> => {
  const entries: SourceEntry[] = [];
  for (let from: string | undefined; ;) {
    const page = await source.page(from, limit);
    entries.push(...page.entries);
    if (page.next === undefined) return entries;
    from = page.next;
  }
};

const through = (change: (command: string, args: (string | number)[]) => unknown): RedisCallable => ({
  call: async (command, args) => (await change(command, args)) ?? (await server.redis.call(command, args)),
});

describe('the sessions of a connect-redis', () => {
  it('are those with its prefix, whatever is in that, with their expiry by the server’s clock', async () => {
    const prefix = `${server.prefix}a*[b]?\\:`;
    await server.redis.set(`${prefix}one`, 'first', 'PX', 60_000);
    await server.redis.set(`${prefix}two`, 'second');
    await server.redis.set(`${prefix}zeta`, 'for aeons', 'PX', 9_000_000_000_000_000);
    await server.redis.set(`${server.prefix}axb:three`, 'of somebody else');
    await server.redis.lpush(`${prefix}four`, 'no string');
    const entries = await all(await redisSource(server.redis, prefix));
    expect(entries.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      { key: 'one', text: 'first', expiresAt: expect.any(Date) },
      { key: 'two', text: 'second', expiresAt: undefined },
      { key: 'zeta', text: 'for aeons', expiresAt: undefined },
    ]);
    expect(Math.abs((entries[0]?.expiresAt?.getTime() as number) - Date.now() - 60_000)).toBeLessThan(5_000);
  });

  it('may come twice, and vanish while they are read', async () => {
    const prefix = `${server.prefix}twice:`;
    for (const key of ['one', 'two']) await server.redis.set(prefix + key, key);
    const source = await redisSource(
      through(async (command, args) => {
        if (command === 'MGET') await server.redis.del(`${prefix}two`);
        if (command !== 'SCAN') return undefined;
        const [next, keys] = (await server.redis.call(command, args)) as [string, string[]];
        return [next, [...keys, ...keys]];
      }),
      prefix,
    );
    expect((await all(source)).map(({ key }) => key)).toEqual(['one']);
    expect((await source.find(['one', 'two'])).map(({ key }) => key)).toEqual(['one']);
  });

  it('are read on from where it was, at the same server only', async () => {
    const prefix = `${server.prefix}many:`;
    await Promise.all(Array.from({ length: 300 }, (_, n) => server.redis.set(`${prefix}${n}`, String(n))));
    const source = await redisSource(server.redis, prefix);
    const first = await source.page(undefined, 20);
    expect(first.next).toMatch(/^[0-9a-f]{40} \d+$/);
    const seen = new Set(first.entries.map(({ key }) => key));
    for (let next = first.next; next !== undefined;) {
      const page: Awaited<ReturnType<SessionSource['page']>> = await source.page(next, 20);
      for (const { key } of page.entries) seen.add(key);
      next = page.next;
    }
    expect(seen.size).toBe(300);
    const cursors: unknown[] = [];
    const other = await redisSource(
      through((command, args) => {
        if (command === 'INFO') return 'redis_mode:standalone\r\nrun_id:00ff\r\n';
        if (command === 'SCAN') cursors.push(args[0]);
        return undefined;
      }),
      prefix,
    );
    await other.page(first.next, 20);
    expect(cursors[0]).toBe('0');
    await other.page('what nobody understands', 20);
    expect(cursors).toContain('0');
  });

  it.each([
    ['a cluster', () => 'redis_version:7.0.15\r\nredis_mode:cluster\r\n', 'SOURCE_UNSUPPORTED'],
    ['a login that is refused', new Error('WRONGPASS invalid username-password pair'), 'SOURCE_REFUSED'],
    ['no login', new Error('NOAUTH Authentication required.'), 'SOURCE_REFUSED'],
    ['a command that it does not have', new Error("ERR unknown command 'INFO'"), 'SOURCE_UNSUPPORTED'],
    ['a connection that is closed', new Error('Connection is closed.'), 'SOURCE_UNREACHABLE'],
  ])('are not read from a server of %s', async (_, answer, code) => {
    const call = async (): Promise<unknown> => {
      if (answer instanceof Error) throw answer;
      return answer();
    };
    await expect(redisSource({ call }, 'sess:')).rejects.toMatchObject({ name: 'ImportError', code });
  });
});
