import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { byModel, percentage } from '@switchyard/router';
import { createRequestPins } from '../../src/request-pins.ts';
import { keyPosition } from '../../src/routers/key-position.ts';
import { chainOf } from '../support/chain-of.ts';
import { errorOf } from '../support/error-of.ts';

const on = byModel({ user: 'other' });
const KEYS = Array.from({ length: 4000 }, (_, index) => `user-${index}`);

const aliases = (percent: number): string[] => {
  const chain = chainOf(percentage({ percent, hint: 'userId', on }));
  return KEYS.map((userId) => chain.route('user', 'read', { userId }));
};

describe('percentage', () => {
  it.each([
    [0, 0, 0],
    [1, 20, 60],
    [25, 900, 1100],
    [50, 1900, 2100],
    [100, 4000, 4000],
  ])('gives about %i percent of keys to the router', (percent, least, most) => {
    const moved = aliases(percent).filter((alias) => alias === 'other').length;
    expect(moved).toBeGreaterThanOrEqual(least);
    expect(moved).toBeLessThanOrEqual(most);
  });

  it('moves no key back while the share grows', () => {
    let before = aliases(0);
    for (const percent of [1, 5, 10, 50, 99, 100]) {
      const after = aliases(percent);
      expect(after.filter((alias, index) => alias !== 'other' && before[index] === 'other')).toEqual([]);
      before = after;
    }
  });

  it('answers the same for reads and writes of a key, and in every process', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 100 }), (userId, percent) => {
        const route = (kind: 'read' | 'write') =>
          chainOf(percentage({ percent, hint: 'userId', on })).route('user', kind, { userId });
        return route('read') === route('write');
      }),
    );
    expect(['a', 'b', 'Zoë'].map(keyPosition)).toEqual(
      ['a', 'b', 'Zoë'].map(
        (key) => parseInt(createHash('sha256').update(key).digest('hex').slice(0, 8), 16) / 2 ** 32,
      ),
    );
  });

  it.each<[what: string, userId: unknown, alias: string]>([
    ['takes a number for a key', 42, 'other'],
    ['takes a bigint for a key', 42n, 'other'],
    ['counts an operation without the key as off', undefined, 'main'],
    ['counts something that is no key as off', { id: 42 }, 'main'],
  ])('%s', (_what, userId, alias) => {
    expect(chainOf(percentage({ percent: 100, hint: 'userId', on })).route('user', 'read', { userId })).toBe(alias);
  });

  it('asks the other router for the rest', () => {
    const chain = chainOf(percentage({ percent: 0, hint: 'userId', on, off: byModel({ user: 'writer' }) }));
    expect(chain.route('user', 'read', { userId: 'a' })).toBe('writer');
  });

  it('follows a share that changes, but not within a request', () => {
    let percent = 0;
    const chain = chainOf(percentage({ percent: () => percent, hint: 'userId', on }));
    const request = createRequestPins();
    const route = () => [
      chain.route('user', 'read', { userId: 'a', request }),
      chain.route('user', 'read', { userId: 'a' }),
    ];
    const before = route();
    percent = 100;
    expect([before, route()]).toEqual([
      ['main', 'main'],
      ['main', 'other'],
    ]);
  });

  it('is no flag: the flags of a request have no say in it', () => {
    const chain = chainOf(percentage({ percent: 100, hint: 'userId', on }));
    const request = createRequestPins(() => false);
    expect(chain.route('user', 'read', { userId: 'a', request })).toBe('other');
  });

  it('is one of its own for each router, also for the same key in the same request', () => {
    const chain = chainOf(
      percentage({ percent: 0, hint: 'userId', on }),
      percentage({ percent: 100, hint: 'userId', on: byModel({ book: 'writer' }) }),
    );
    const hints = { userId: 'a', request: createRequestPins() };
    expect([chain.route('user', 'read', hints), chain.route('book', 'read', hints)]).toEqual(['main', 'writer']);
  });

  it('stands still in a request inside of a request', () => {
    let percent = 0;
    const chain = chainOf(percentage({ percent: () => percent, hint: 'userId', on }));
    const request = createRequestPins();
    const route = (pins: typeof request) => chain.route('user', 'read', { userId: 'a', request: pins });
    expect(route(createRequestPins({ another: true }, request))).toBe('main');
    percent = 100;
    expect([route(request), route(createRequestPins({}, request))]).toEqual(['main', 'main']);
  });

  it.each([-1, 101, NaN])('refuses %d', async (percent) => {
    expect(await errorOf(() => percentage({ percent, hint: 'userId', on }))).toMatchObject({ code: 'INVALID_OPTION' });
    const chain = chainOf(percentage({ percent: () => percent, hint: 'userId', on }));
    expect(await errorOf(() => chain.route('user', 'read', { userId: 'a' }))).toMatchObject({ code: 'INVALID_OPTION' });
  });
});
