import { createMainClient } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  cacheStore,
  createSessions,
  pgExecutor,
  prismaExecutor,
  type Session,
  type SessionStore,
  type SqlExecutor,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { gatedStore } from '../support/gated-store.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { redisWithout, sqlWithout } from '../support/without-rule.ts';

let databases: TestDatabases;
let redis: TestRedis;
beforeAll(async () => {
  [databases, redis] = await Promise.all([openTestDatabases(), openTestRedis()]);
});
afterAll(() => Promise.all([databases.close(), redis.close()]));

const inDatabase = (executor: SqlExecutor): SessionStore =>
  fencedStore({ sites: [postgresSite({ name: 'old', executor })] });

const compareSql = { text: 'and ($8::bigint is null or s.version = $8)', without: 'and ($8::bigint is null or true)' };
const compareLua = { text: `elseif ARGV[6] ~= '' and ARGV[6] ~= row[1] then`, without: 'elseif false then' };

const PLACES = {
  PostgreSQL: {
    open: () => inDatabase(pgExecutor(databases.main)),
    withoutVersions: () => inDatabase(sqlWithout(pgExecutor(databases.main), /^sy_update/, compareSql)),
  },
  'PostgreSQL through Prisma': {
    open: () => inDatabase(prismaExecutor(createMainClient(databases.main))),
    withoutVersions: () =>
      inDatabase(sqlWithout(prismaExecutor(createMainClient(databases.main)), /^sy_update/, compareSql)),
  },
  Redis: {
    open: () => cacheStore(redis),
    withoutVersions: () => cacheStore({ ...redis, redis: redisWithout(redis.redis, compareLua) }),
  },
};

type Basket = Record<string, number>;
interface Data {
  basket: Basket;
}

/** A visitor with an empty basket, as two processes see them. */
async function visitor(open: () => SessionStore) {
  const slow = gatedStore(open());
  const [one, two] = [createSessions<Data>({ store: slow }), createSessions<Data>({ store: open() })];
  const session = one.open();
  await session.update(() => ({ basket: {} }));
  const { sessionKey } = session;
  const basket = async (): Promise<Basket | undefined> => two.open(sessionKey).get('basket');
  return { slow, first: one.open(sessionKey), second: two.open(sessionKey), basket };
}

const put = (session: Session<Data>, article: string): Promise<void> =>
  session.update((data) => void (data.basket = { ...data.basket, [article]: 1 }));

const BOTH = { apple: 1, pear: 1 };

describe.each(Object.entries(PLACES))('two requests that change one session in %s', (_name, place) => {
  const setAndSave = async (open: () => SessionStore): Promise<Basket | undefined> => {
    const { first, second, basket } = await visitor(open);
    await Promise.all([first.get('basket'), second.get('basket')]);
    await first.set('basket', { apple: 1 });
    await second.set('basket', { pear: 1 });
    await first.save();
    await second.save();
    return basket();
  };

  const updateAtOnce = async (open: () => SessionStore): Promise<Basket | undefined> => {
    const { slow, first, second, basket } = await visitor(open);
    const release = slow.hold('load');
    const late = put(first, 'pear');
    await slow.held('load');
    await put(second, 'apple');
    release();
    await late;
    return basket();
  };

  it.each([
    ['both set and save', setAndSave],
    ['one updates between the load and the save of the other', updateAtOnce],
  ])('%s: neither line is lost, and without the comparison of versions one is', async (_how, run) => {
    expect(await run(place.open)).toEqual(BOTH);
    expect(await run(place.withoutVersions)).toEqual({ pear: 1 });
  });
});
