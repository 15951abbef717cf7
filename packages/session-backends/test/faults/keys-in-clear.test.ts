import { inspect } from 'node:util';
import { createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  cachedStore,
  cacheStore,
  createSessions,
  migratingStore,
  redisCache,
  type KeyEncoding,
  type SessionStore,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { pgExecutor } from '../../src/pg-executor.ts';
import { layCable, type Cable } from '../support/redis-process.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';

let databases: TestDatabases;
let servers: TestRedis;
let cable: Cable;
let pool: ReturnType<typeof createPool>;
beforeEach(async () => {
  [databases, servers] = await Promise.all([openTestDatabases(), openTestRedis()]);
  const { hostname, port } = new URL(databases.urls.main);
  cable = await layCable(Number(port), hostname);
  pool = createPool(Object.assign(new URL(databases.urls.main), { host: `127.0.0.1:${cable.port}` }).href);
});
afterEach(async () => {
  await pool.end();
  await cable.close();
  await Promise.all([databases.close(), servers.close()]);
});

/** Everything that there is in a database, as text. */
async function everythingIn(database: TestDatabases['main']): Promise<string> {
  const { rows } = await database.query<{ text: string }>(
    `select query_to_xml(format('select * from %I.%I', schemaname, tablename), true, true, '')::text as text
     from pg_tables where schemaname = 'public'`,
  );
  return rows.map(({ text }) => text).join('\n');
}

/** Every key of this test in Redis, and what is there. */
async function everythingInRedis(): Promise<string> {
  const names = await servers.redis.keys(`${servers.prefix}*`);
  const values = await Promise.all(
    names.map(async (name) =>
      (await servers.redis.type(name)) === 'hash' ? servers.redis.hgetall(name) : servers.redis.get(name),
    ),
  );
  return JSON.stringify([names, values]);
}

/** Visitors come, log in, log out and meet failures, at all backends. Their keys, and all that is kept or said. */
async function wherePutAndSaid(keyEncoding: KeyEncoding): Promise<{ keys: string[]; kept: string[]; said: string[] }> {
  const said: unknown[] = [];
  const say = (...words: unknown[]): void => void said.push(...words);
  for (const method of ['log', 'info', 'warn', 'error'] as const) jest.spyOn(console, method).mockImplementation(say);
  const at = (name: 'old' | 'new', through: Parameters<typeof pgExecutor>[0]): SessionStore =>
    fencedStore({ sites: [postgresSite({ name, executor: pgExecutor(through), standalone: true })], keyEncoding });
  const { redis, prefix } = servers;
  const migrating = migratingStore({
    old: at('old', pool),
    new: at('new', databases.sessions),
    flags: () => ({ migrationFlag: true, newDbRouterFlag: false }),
    onMirrorFailure: say,
  });
  const stores = [
    cachedStore({ store: migrating, cache: redisCache({ redis, prefix }), onCacheError: say }),
    cacheStore({ redis, prefix: `${prefix}store:`, keyEncoding }),
  ];
  const keys: string[] = [];
  for (const store of stores) {
    const sessions = createSessions({ store, keyEncoding, onEvent: say });
    for (let n = 0; n < 3; n++) {
      const session = sessions.open();
      await session.update(() => ({ basket: { apple: n } }));
      keys.push(String(session.sessionKey));
      await session.login('ada');
      keys.push(String(session.sessionKey));
      if (n === 0) await session.logout();
    }
    cable.cut();
    const visitor = sessions.open(keys.at(-1));
    for (const act of [() => visitor.get('basket'), () => visitor.update(() => ({})), () => visitor.logout()])
      await act().catch(say);
    cable.mend();
  }
  jest.restoreAllMocks();
  return {
    keys,
    kept: [await everythingIn(databases.main), await everythingIn(databases.sessions), await everythingInRedis()],
    said: said.map((words) => inspect(words, { depth: Infinity, showHidden: true })),
  };
}

describe('session keys, which are bearer secrets', () => {
  it('are nowhere in the databases, in Redis, in errors or logs', async () => {
    const { keys, kept, said } = await wherePutAndSaid('sha256');
    expect(keys).toHaveLength(12);
    expect(said.length).toBeGreaterThan(0);
    for (const text of [...kept, ...said]) expect(keys.filter((key) => text.includes(key))).toEqual([]);
  });

  it('are in each of them where they are not hashed, and not in errors or logs even then', async () => {
    const { keys, kept, said } = await wherePutAndSaid('plain');
    for (const text of kept) expect(keys.filter((key) => text.includes(key))).not.toEqual([]);
    for (const text of said) expect(keys.filter((key) => text.includes(key))).toEqual([]);
  });
});
