import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  memoryCache,
  redisCache,
  type CacheAnswer,
  type CacheChange,
  type SessionCache,
  type SessionRecord,
  type StoredKey,
} from '@switchyard/session-backends';
import { versionOf } from '@switchyard/session-backends/fence';
import { assertHolds, findCounterexample, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await openTestRedis();
});
afterAll(() => redis.close());

const KEYS = ['a', 'b'].map((letter) => letter.repeat(64) as StoredKey);
const LATER = [new Date('2100-01-01T00:00:00Z'), new Date('2101-01-01T00:00:00Z')] as const;

const key = fc.constantFrom(...KEYS);
const expiresAt = fc.constantFrom(...LATER);
const version = fc
  .tuple(
    fc.constantFrom(1, 3, 8191),
    fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(2 ** 40 - 2, 2 ** 40 - 1)),
  )
  .map(([epoch, counter]) => versionOf(epoch, counter));
const record: fc.Arbitrary<SessionRecord> = fc.record({
  data: fc.oneof(fc.constantFrom('{}', ''), fc.string({ unit: 'grapheme' })),
  expiresAt,
  version,
  userId: fc.constantFrom(null, '', 'ada'),
});
const change: fc.Arbitrary<CacheChange> = fc.oneof(
  fc.record({ kind: fc.constantFrom('set' as const, 'insert' as const), key, record }),
  fc.record({ kind: fc.constant('touch' as const), key, version, expiresAt }),
  fc.record({ kind: fc.constant('destroy' as const), key, version }),
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'drop' as const, 'hold' as const), key }),
  },
);

type Step =
  | { readonly change: CacheChange }
  | { readonly get: readonly StoredKey[] }
  /** `age`: 0 for the token of the last miss, 1 for the one before; 2 for one that was never given. */
  | { readonly fill: StoredKey; readonly age: number; readonly record: SessionRecord };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ change }),
  fc.record({ get: fc.constantFrom([KEYS[0] as StoredKey], KEYS) }),
  fc.record({ fill: key, age: fc.constantFrom(0, 0, 1, 2), record }),
);

/** A cache and the tokens it gave, newest first. */
const client = (cache: SessionCache) => {
  const tokens = new Map<StoredKey, string[]>(KEYS.map((each) => [each, []]));
  const note = (answer: CacheAnswer, at: StoredKey): unknown => {
    const given = tokens.get(at) as string[];
    if (answer.status !== 'miss') return answer;
    if (answer.token !== undefined && !given.includes(answer.token)) given.unshift(answer.token);
    return {
      status: 'miss',
      token: answer.token === undefined ? undefined : given.length - given.indexOf(answer.token),
    };
  };
  const get = async (keys: readonly StoredKey[]): Promise<unknown[]> =>
    (await cache.get(keys)).map((answer, i) => note(answer, keys[i] as StoredKey));
  return {
    get,
    act: async (given: Step): Promise<unknown> => {
      if ('get' in given) return get(given.get);
      if ('change' in given) return cache.change([given.change]);
      const token = (tokens.get(given.fill) as string[])[given.age] ?? 'never given';
      return cache.fill([{ key: given.fill, token, record: given.record }]);
    },
  };
};

/** What each step answers, and what can be seen after it. */
const comparison = (openCache: () => SessionCache) =>
  fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
    const [expected, actual] = [client(memoryCache()), client(openCache())];
    for (const each of steps) expect(await actual.act(each)).toEqual(await expected.act(each));
    expect(await actual.get(KEYS)).toEqual(await expected.get(KEYS));
  });

const inRedis = (): SessionCache =>
  redisCache({ redis: redis.redis, prefix: `${redis.prefix}${randomBytes(6).toString('hex')}:` });

describe('the cache in Redis', () => {
  it(
    'does in its scripts what the one in memory does',
    () => assertHolds(comparison(inRedis), 300),
    PROPERTY_TIMEOUT_MS,
  );

  it.each<[string, (cache: SessionCache) => SessionCache]>([
    [
      'compares no versions',
      (cache) => ({
        ...cache,
        change: (changes) =>
          cache.change(
            changes.flatMap((each): CacheChange[] =>
              each.kind === 'insert' ? [{ kind: 'drop', key: each.key }, each] : [each],
            ),
          ),
      }),
    ],
    [
      'takes any token',
      (cache) => ({
        ...cache,
        fill: (fills) => cache.change(fills.map((fill) => ({ ...fill, kind: 'insert' }))),
      }),
    ],
  ])('is found out if it %s', async (_name, broken) => {
    expect(
      await findCounterexample(
        comparison(() => broken(inRedis())),
        2000,
      ),
    ).toContain('deep equality');
  });
});

describe.each<[string, () => SessionCache]>([
  ['memory', () => memoryCache()],
  ['Redis', inRedis],
])('a cache in %s', (_name, openCache) => {
  it('is not changed by a fill whose token is not the one that stands', async () => {
    await assertHolds(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), record, async (steps, filled) => {
        const cache = openCache();
        const { act } = client(cache);
        for (const each of steps) await act(each);
        const before = await cache.get(KEYS);
        await cache.fill(KEYS.map((at) => ({ key: at, token: 'never given', record: filled })));
        expect(await cache.get(KEYS)).toEqual(before);
      }),
      100,
    );
  });
});
