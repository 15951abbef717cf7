import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import {
  cachedStore,
  cacheStore,
  drawSessionKey,
  encodeKey,
  memoryStore,
  redisCache,
  type RedisLike,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { redisServer } from '../../src/cache/redis-server.ts';
import { assertHolds, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';

const SECRET = 'what-only-this-session-knows';
const DATA = JSON.stringify({ secret: SECRET });

let servers: TestRedis;
beforeAll(async () => void (servers = await openTestRedis()));
afterAll(() => servers.close());

const later = (): Date => new Date(Date.now() + 60_000);
const newKey = (): StoredKey => encodeKey(drawSessionKey());
const create = (store: SessionStore, key: StoredKey) =>
  store.apply([{ kind: 'create', key, data: DATA, expiresAt: later(), userId: null, fresh: true }]);
const update = (store: SessionStore, key: StoredKey, data: string) =>
  store.apply([{ kind: 'update', key, data, expiresAt: later(), userId: null, expectedVersion: undefined }]);
const dataOf = async (store: SessionStore, key: StoredKey): Promise<string> => {
  const [result] = await store.load([key]);
  return result?.status === 'found' ? result.record.data : String(result?.status);
};

const text = fc.string({ unit: 'binary', maxLength: 40 });
/** A reply as RESP can carry one. */
const reply: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.integer(),
    fc.constant(null),
    fc.constantFrom('ok', 'gone', 'conflict', '0'.repeat(16), DATA),
    fc.array(tie('reply'), { maxLength: 6 }),
  ),
})).reply;
/** Of what we put there, everything is believed: a token, a hold, a tombstone, an entry; and nothing is nothing. */
const isOurs = (value: unknown): boolean =>
  value === null ||
  (Array.isArray(value) ? value.some(isOurs) : typeof value === 'string' && /^([?!]|[=-]\d{16})/.test(value));

const redisThatAnswers = (replies: readonly unknown[]): RedisLike => {
  let asked = 0;
  const answer = async (): Promise<unknown> => replies[asked++ % replies.length];
  return { eval: answer, evalsha: answer, mget: answer, set: answer };
};

/** No error may tell what is in a session. */
const isDiscreet = (error: unknown): boolean => !String((error as Error)?.message ?? error).includes(SECRET);

describe('a Redis that answers with anything at all', () => {
  it('as a cache costs nothing but time: sessions are served from the store', async () => {
    await assertHolds(
      fc.asyncProperty(
        fc.array(
          reply.filter((value) => !isOurs(value)),
          { minLength: 1 },
        ),
        async (replies) => {
          const errors: unknown[] = [];
          const key = newKey();
          const store = memoryStore();
          await create(store, key);
          const cached = cachedStore({
            store,
            cache: redisCache({ redis: redisThatAnswers(replies) }),
            onCacheError: (error) => errors.push(error),
          });
          expect(await dataOf(cached, key)).toBe(DATA);
          expect(errors).not.toEqual([]);
          expect(errors.every(isDiscreet)).toBe(true);
          expect(await update(cached, key, '{}')).toMatchObject([{ status: 'ok' }]);
          expect(await dataOf(cached, key)).toBe('{}');
        },
      ),
      200,
    );
  });

  it('as an entry is an entry or nothing: no version is no number, no date is no date', async () => {
    const or = (...good: string[]): fc.Arbitrary<unknown> => fc.oneof(fc.constantFrom(...good), reply);
    const entry = fc
      .tuple(or('1'.padStart(16, '0')), or('0009999999999999'), or('"ada"', ''), or(DATA))
      .map(
        ([version, expires, user, data]) => `=${String(version)} ${String(expires)} ${String(user)}\n${String(data)}`,
      );
    await assertHolds(
      fc.asyncProperty(entry, async (drawn) => {
        const cache = redisCache({ redis: redisThatAnswers([drawn]) });
        const [answer] = await cache.get([newKey()]).catch((error: unknown) => {
          expect(isDiscreet(error)).toBe(true);
          return [];
        });
        if (answer?.status !== 'hit') return;
        expect(Number.isSafeInteger(answer.record.version)).toBe(true);
        expect(Number.isNaN(answer.record.expiresAt.getTime())).toBe(false);
        expect(typeof answer.record.data).toBe('string');
      }),
      500,
    );
  });

  it('as the only store is not available, and nothing is called done', async () => {
    const nonsense = reply.filter((value) => !(Array.isArray(value) && ['ok', 'gone', 'taken'].includes(value[0])));
    await assertHolds(
      fc.asyncProperty(fc.array(nonsense, { minLength: 1 }), async (replies) => {
        const store = cacheStore({ redis: redisThatAnswers(replies) });
        const [loaded] = await store.load([newKey()]);
        const [applied] = await update(store, newKey(), DATA);
        // A list of one nothing is how Redis says that there is no such session.
        if (loaded?.status !== 'absent') expect(loaded).toMatchObject({ status: 'unavailable' });
        expect(applied?.status).not.toBe('ok');
        if (loaded?.status === 'unavailable') expect(isDiscreet(loaded.cause)).toBe(true);
      }),
      300,
    );
  });
});

describe('a key of ours that others have written to', () => {
  const foreign = fc.oneof(
    fc.record({ type: fc.constant('string' as const), value: text.filter((value) => !isOurs(value)) }),
    fc.record({ type: fc.constant('list' as const), value: text }),
    fc.record({
      type: fc.constant('hash' as const),
      fields: fc.dictionary(text, text, { minKeys: 1 }),
    }),
  );

  it(
    'hides no session, holds up no write, and is put right by the next one',
    async () => {
      const { redis, prefix } = servers;
      const store = memoryStore();
      const cached = cachedStore({ store, cache: redisCache({ redis, prefix }) });
      await assertHolds(
        fc.asyncProperty(foreign, async (put) => {
          const key = newKey();
          await create(store, key);
          const name = prefix + key;
          if (put.type === 'string') await redis.set(name, put.value);
          else if (put.type === 'list') await redis.rpush(name, put.value);
          else await redis.hset(name, put.fields);
          expect(await dataOf(cached, key)).toBe(DATA);
          expect(await update(cached, key, '{"n":1}')).toMatchObject([{ status: 'ok' }]);
          expect(await dataOf(cached, key)).toBe('{"n":1}');
          expect(await dataOf(cached, key)).toBe('{"n":1}');
        }),
        150,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});

describe('a server that speaks no Redis', () => {
  it(
    'is an error for each command, within its time, and never one that nobody catches',
    async () => {
      const words = fc.array(fc.oneof(text, fc.constantFrom('+OK\r\n', '$-1\r\n', '*3\r\n', '-ERR no\r\n', ':1\r\n')), {
        minLength: 1,
        maxLength: 6,
      });
      await assertHolds(
        fc.asyncProperty(words, async (drawn) => {
          let at = 0;
          const server = createServer((socket) => {
            socket.on('error', () => undefined);
            socket.on('data', () => socket.write(drawn[at++ % drawn.length] as string, 'latin1'));
          }).listen(0, '127.0.0.1');
          await once(server, 'listening');
          const errors: unknown[] = [];
          const redis = new Redis((server.address() as AddressInfo).port, '127.0.0.1', {
            lazyConnect: true,
            retryStrategy: () => null,
          });
          const guarded = redisServer(redis, { timeoutMs: 50, onError: (error) => errors.push(error) });
          try {
            // As far as it gets with such a server: it is asked for its name first.
            await sleep(30);
            const store = memoryStore();
            const key = newKey();
            await create(store, key);
            const cached = cachedStore({ store, cache: redisCache({ redis: guarded }) });
            expect(await dataOf(cached, key)).toBe(DATA);
            const [written] = await update(cached, key, '{}');
            expect(['ok', 'unavailable']).toContain(written?.status);
            expect(errors.every(isDiscreet)).toBe(true);
          } finally {
            guarded.close();
            redis.disconnect();
            server.close();
          }
        }),
        25,
      );
    },
    PROPERTY_TIMEOUT_MS,
  );
});
