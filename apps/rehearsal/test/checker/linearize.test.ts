import type { Act, Event } from '../../src/checker/basket-object.ts';
import { linearize } from '../../src/checker/linearize.ts';
import { basket } from '../support/tell.ts';

const add = (key: number, productId: string, shown?: Readonly<Record<string, number>>): Act => ({
  kind: 'change',
  key,
  change: { kind: 'add', productId, quantity: 1 },
  shown: shown && basket(shown),
});
const create = (key: number, productId = '1'): Act => ({ ...add(key, productId), kind: 'create' }) as Act;
const login = (key: number, newKey: number): Act => ({ kind: 'login', key, newKey, user: 'a' });
const see = (key: number, lines?: Readonly<Record<string, number>>, user: string | null = null): Act => ({
  kind: 'see',
  key,
  shown: lines && basket(lines, user),
});
const gone = (key: number): Act => ({ kind: 'gone', key });
const logout = (key: number): Act => ({ kind: 'logout', key });

/** `to`: `undefined` for what may happen or not. */
const event = (from: number, to: number | undefined, ...acts: readonly Act[]): Event => ({ from, to, acts });

const kindOf = (...events: readonly Event[]): string => linearize(events, { ageMs: 1_000 }).kind;

describe('an order is found', () => {
  const explained: readonly (readonly [string, readonly Event[]])[] = [
    ['of nothing', []],
    ['where what ends and what begins at the same moment change places', [event(0, 5, see(1)), event(5, 6, create(1))]],
    [
      'with a logout of a key that there is only after it has begun',
      [event(0, 1, create(1)), event(2, 9, logout(2)), event(3, 4, login(1, 2)), event(7, 8, gone(2))],
    ],
    [
      'with a change, maybe made, of a key that there is only after it has begun',
      [
        event(0, 1, create(1)),
        event(2, undefined, add(2, '2')),
        event(2, 3, see(1)),
        event(3, 4, login(1, 2)),
        event(5, 6, see(2, { 1: 1, 2: 1 }, 'a')),
      ],
    ],
    [
      'in which the first half of what may happen changes nothing, and the second does',
      [event(0, 1, create(1)), event(2, undefined, see(1), logout(1)), event(3, 4, gone(1))],
    ],
    [
      'in which the first half of what may happen fits early only',
      [event(2, 5, create(1)), event(0, undefined, gone(1), login(1, 2)), event(6, 7, gone(1))],
    ],
    [
      'in which a session takes the key of another',
      [
        event(0, 1, create(1), create(2, '2')),
        event(2, 9, login(1, 2)),
        event(3, 4, see(2, { 2: 1 })),
        event(5, 6, see(2, { 1: 1 }, 'a')),
      ],
    ],
  ];

  it.each(explained)('%s', (_what, events) => {
    expect(kindOf(...events)).toBe('linearizable');
  });
});

describe('no order is found', () => {
  it('of what touches nothing that is at the same moment', () => {
    expect(kindOf(event(0, 5, see(1)), event(5.1, 6, create(1)))).toBe('violation');
  });

  it('and the first event is named that has ended then, with what was possible before it', () => {
    const verdict = linearize(
      [
        event(0, 1, create(1)),
        event(2, 3, add(1, '2', { 1: 1, 2: 1 })),
        event(4, 6, see(1, { 1: 1 })),
        event(5, 9, gone(1)),
      ],
      { ageMs: 1_000 },
    );
    expect(verdict).toMatchObject({ kind: 'violation', event: 2 });
    const possible = verdict.kind === 'violation' ? verdict.possible : [];
    expect(possible.map((state) => state.get(1)?.lines)).toEqual([
      new Map([
        ['1', 1],
        ['2', 1],
      ]),
    ]);
  });
});
