import { shardByKey } from '@switchyard/router';
import { chainOf } from '../support/chain-of.ts';
import { errorOf } from '../support/error-of.ts';

const KEYS = Array.from({ length: 3000 }, (_, index) => index);
const over = (...shards: ('main' | 'other' | 'writer')[]) => {
  const chain = chainOf(shardByKey({ models: ['user', 'book'], hint: 'tenant', shards }));
  return (tenant: unknown, model = 'user') => chain.route(model, 'write', { tenant });
};

describe('shardByKey', () => {
  it('spreads keys evenly', () => {
    const shard = over('main', 'other', 'writer');
    const counts = new Map<string, number>();
    for (const key of KEYS) counts.set(shard(key), (counts.get(shard(key)) ?? 0) + 1);
    expect(counts.size).toBe(3);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(100);
  });

  it('keeps the rows of a key together: all models, reads and writes, number or text', () => {
    const chain = chainOf(shardByKey({ models: ['user', 'book'], hint: 'tenant', shards: ['main', 'other'] }));
    for (const key of KEYS.slice(0, 100)) {
      const aliases = ['user', 'book'].flatMap((model) =>
        (['read', 'write'] as const).flatMap((kind) =>
          [key, String(key), BigInt(key)].map((tenant) => chain.route(model, kind, { tenant })),
        ),
      );
      expect(new Set(aliases).size).toBe(1);
    }
  });

  it('moves keys only to a shard that is added', () => {
    const [before, after] = [over('main', 'other'), over('main', 'other', 'writer')];
    const moved = KEYS.filter((key) => before(key) !== after(key));
    expect(new Set(moved.map((key) => after(key)))).toEqual(new Set(['writer']));
    expect(Math.abs(moved.length - 1000)).toBeLessThan(100);
  });

  it('asks the given function for the shard', () => {
    const chain = chainOf(
      shardByKey({
        models: ['user'],
        hint: 'tenant',
        shards: ['main', 'other'],
        shardOf: (key) => (key === 'big' ? 'other' : 'main'),
      }),
    );
    expect([chain.route('user', 'read', { tenant: 'big' }), chain.route('user', 'read', { tenant: 'small' })]).toEqual([
      'other',
      'main',
    ]);
  });

  it('throws where the given function has no shard for the key, which it does not name', async () => {
    const table: Record<string, 'other'> = { known: 'other' };
    const chain = chainOf(
      shardByKey({ models: ['user'], hint: 'tenant', shards: ['other'], shardOf: (key) => table[key] as 'other' }),
    );
    expect(chain.route('user', 'read', { tenant: 'known' })).toBe('other');
    expect(await errorOf(() => chain.route('user', 'write', { tenant: 'secret' }))).toEqual({
      code: 'NO_ROUTE',
      message: "shardOf has no shard for the 'tenant' of an operation on 'user'.",
    });
  });

  it('has no opinion on other models', () => {
    expect(over('writer', 'other')(1, 'audit')).toBe('other');
  });

  it.each([undefined, null, {}, NaN, Infinity])('throws where the key is %p', async (tenant) => {
    expect(await errorOf(() => over('main')(tenant))).toEqual({
      code: 'MISSING_HINT',
      message: "'user' is spread over databases by 'tenant': give it with $hint({ tenant }).",
    });
  });

  it('is refused without shards, and with one that nobody knows', async () => {
    expect(await errorOf(() => over())).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await errorOf(() => over('nowhere' as 'main'))).toMatchObject({ code: 'UNKNOWN_ALIAS' });
  });
});
