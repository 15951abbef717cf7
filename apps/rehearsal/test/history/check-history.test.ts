import { linearize } from '../../src/checker/linearize.ts';
import type { Call } from '../../src/history/operation.ts';
import { checkHistory } from '../../src/history/check-history.ts';
import { createHistory, type History } from '../../src/history/history.ts';
import { sessionsOf } from '../../src/history/sessions-of.ts';
import { add, basket, login, logout, look, set, tell, type Told } from '../support/tell.ts';

const AGE_S = 100;
const check = (history: History) => checkHistory(history, { ageMs: AGE_S * 1_000, since: 0 });

/** A session `a` with two of product 1, from the first second on. */
const begun: Told = { from: 0, to: 1, call: add('1', 2), gives: 'a', shown: basket({ 1: 2 }) };
const user = 'robin@example.com';

describe('a history that can be explained', () => {
  const fine: readonly (readonly [string, readonly Told[]])[] = [
    ['a page that shows what was added', [begun, { from: 2, to: 3, call: look, cookie: 'a', shown: basket({ 1: 2 }) }]],
    [
      'two tabs that add the same product at once, one of them shown both',
      [
        begun,
        { from: 2, to: 4, call: add('1', 1), cookie: 'a', shown: basket({ 1: 5 }) },
        { from: 3, to: 5, call: add('1', 2), cookie: 'a', shown: basket({ 1: 4 }) },
      ],
    ],
    [
      'a look during a change that shows the basket of before',
      [
        begun,
        { from: 2, to: 5, call: set('1', 7), cookie: 'a', shown: basket({ 1: 7 }) },
        { from: 3, to: 4, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a change without an answer that is seen much later',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a', outcome: 'unknown', error: 'TIMEOUT' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 1 }) },
      ],
    ],
    [
      'a change without an answer that is never seen',
      [
        begun,
        { from: 2, call: add('2', 1), cookie: 'a' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'an addition that finds its session logged out in another tab',
      [
        begun,
        { from: 2, to: 5, call: logout, cookie: 'a', gives: null },
        { from: 3, to: 6, call: add('1', 1), cookie: 'a', outcome: 'failed', error: '400 SESSION_GONE' },
        { from: 7, to: 8, call: look, cookie: 'a', gives: null, shown: basket({}) },
      ],
    ],
    [
      'an addition that comes after a logout, and starts a session of its own',
      [
        begun,
        { from: 2, to: 3, call: logout, cookie: 'a', gives: null },
        { from: 4, to: 5, call: add('3', 1), cookie: 'a', gives: 'b', shown: basket({ 3: 1 }) },
        { from: 6, to: 7, call: look, cookie: 'b', shown: basket({ 3: 1 }) },
      ],
    ],
    [
      'a basket that comes along at a login, and an old key that is dead',
      [
        begun,
        { from: 2, to: 3, call: login, cookie: 'a', gives: 'b' },
        { from: 4, to: 5, call: look, cookie: 'b', shown: basket({ 1: 2 }, user) },
        { from: 6, to: 7, call: look, cookie: 'a', gives: null, shown: basket({}) },
      ],
    ],
    [
      'a login without an answer, after which nothing is there',
      [
        begun,
        { from: 2, to: 3, call: login, cookie: 'a', outcome: 'unknown', error: 'ECONNRESET' },
        { from: 4, to: 5, call: look, cookie: 'a', gives: null, shown: basket({}) },
      ],
    ],
    [
      'a session that has expired',
      [begun, { from: AGE_S + 1, to: AGE_S + 2, call: look, cookie: 'a', gives: null, shown: basket({}) }],
    ],
    [
      'a session that has not expired yet, after its age',
      [begun, { from: 2 * AGE_S, to: 2 * AGE_S + 1, call: look, cookie: 'a', shown: basket({ 1: 2 }) }],
    ],
    [
      'a login that comes after the session has expired, and starts with nothing',
      [
        begun,
        { from: AGE_S + 1, to: AGE_S + 2, call: login, cookie: 'a', gives: 'b' },
        { from: AGE_S + 3, to: AGE_S + 4, call: look, cookie: 'b', shown: basket({}, user) },
      ],
    ],
    [
      'an order that was asked for twice at once',
      [
        begun,
        { from: 2, to: 3, call: { kind: 'form' }, cookie: 'a', formAnswer: { form: 'f' } },
        { from: 4, to: 6, call: { kind: 'checkout', form: 'f' }, cookie: 'a' },
        { from: 5, to: 7, call: { kind: 'checkout', form: 'f' }, cookie: 'a' },
        { from: 8, to: 9, call: look, cookie: 'a', shown: basket({}) },
      ],
    ],
    [
      'an order without an answer that takes what it ordered when the form is opened again',
      [
        begun,
        { from: 2, to: 3, call: { kind: 'form' }, cookie: 'a', formAnswer: { form: 'f' } },
        { from: 4, to: 5, call: { kind: 'checkout', form: 'f' }, cookie: 'a', outcome: 'unknown' },
        { from: 6, to: 7, call: add('1', 3), cookie: 'a', shown: basket({ 1: 5 }) },
        { from: 8, to: 9, call: { kind: 'form' }, cookie: 'a', formAnswer: 'ordered' },
        { from: 10, to: 11, call: look, cookie: 'a', shown: basket({ 1: 3 }) },
      ],
    ],
    ['a look without a cookie', [{ from: 0, to: 1, call: look, shown: basket({}) }]],
  ];

  it.each(fine)('is accepted: %s', (_what, told) => {
    expect(check(tell(...told))).toMatchObject({ nonLinearizable: 0, undecided: 0, stories: [] });
  });
});

describe('a fault', () => {
  const faults: readonly (readonly [string, readonly Told[]])[] = [
    [
      'a lost update: of two tabs at once, one is undone by the other',
      [
        begun,
        { from: 2, to: 4, call: add('2', 1), cookie: 'a', shown: basket({ 1: 2, 2: 1 }) },
        { from: 3, to: 5, call: add('3', 1), cookie: 'a', shown: basket({ 1: 2, 3: 1 }) },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2, 3: 1 }) },
      ],
    ],
    [
      'a lost update that the answers alone give away',
      [
        begun,
        { from: 2, to: 4, call: add('1', 1), cookie: 'a', shown: basket({ 1: 3 }) },
        { from: 3, to: 5, call: add('1', 1), cookie: 'a', shown: basket({ 1: 3 }) },
      ],
    ],
    [
      'a stale read',
      [
        begun,
        { from: 2, to: 3, call: set('1', 5), cookie: 'a', shown: basket({ 1: 5 }) },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a change that one process shows, and another does not any more',
      [
        begun,
        { from: 2, to: 9, call: set('1', 5), cookie: 'a' },
        { from: 3, to: 4, call: look, cookie: 'a', shown: basket({ 1: 5 }), process: 1 },
        { from: 5, to: 6, call: look, cookie: 'a', shown: basket({ 1: 2 }), process: 2 },
      ],
    ],
    [
      'a session that comes back after its logout',
      [
        begun,
        { from: 2, to: 3, call: logout, cookie: 'a', gives: null },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a session that comes back empty after its logout',
      [
        begun,
        { from: 2, to: 3, call: logout, cookie: 'a', gives: null },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({}) },
      ],
    ],
    [
      'a session that comes back after it was seen to be gone',
      [
        begun,
        { from: 2, to: 3, call: logout, cookie: 'a', outcome: 'unknown', error: 'ECONNRESET' },
        { from: 4, to: 5, call: look, cookie: 'a', gives: null, shown: basket({}) },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a key that lives on after a login',
      [
        begun,
        { from: 2, to: 3, call: login, cookie: 'a', gives: 'b' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a basket that does not come along at a login',
      [
        begun,
        { from: 2, to: 3, call: login, cookie: 'a', gives: 'b' },
        { from: 4, to: 5, call: look, cookie: 'b', shown: basket({}, user) },
      ],
    ],
    [
      'an addition that was acknowledged once and done twice',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 2 }) },
      ],
    ],
    [
      'an addition without an answer that is done twice',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a', outcome: 'unknown', error: '503 SESSION_UNCERTAIN' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 2 }) },
      ],
    ],
    [
      'a page of another session',
      [
        begun,
        { from: 0, to: 1, call: add('9', 9), gives: 'z', shown: basket({ 9: 9 }) },
        { from: 2, to: 3, call: look, cookie: 'a', shown: basket({ 9: 9 }) },
      ],
    ],
    ['a page of a session for a visitor who has none', [{ from: 2, to: 3, call: look, shown: basket({ 9: 9 }) }]],
    [
      'a write that was acknowledged and is gone after a switch',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a', shown: basket({ 1: 2, 2: 1 }) },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 1 }), process: 1 },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2 }), process: 2 },
      ],
    ],
    [
      'a session that is gone after a switch',
      [begun, { from: 4, to: 5, call: look, cookie: 'a', gives: null, shown: basket({}) }],
    ],
    [
      'a session that is said to be gone, and nobody has ended it',
      [begun, { from: 4, to: 5, call: add('1', 1), cookie: 'a', outcome: 'failed', error: '400 SESSION_GONE' }],
    ],
    [
      'a session that is replaced by another, and nobody has ended it',
      [begun, { from: 4, to: 5, call: add('1', 1), cookie: 'a', gives: 'b', shown: basket({ 1: 1 }) }],
    ],
    [
      'a change that was refused, and done',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a', outcome: 'failed', error: '503 SESSION_UNAVAILABLE' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 1 }) },
      ],
    ],
    [
      'a change that takes effect after a page was seen without it',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 1 }) },
      ],
    ],
    [
      'a change without an answer that comes and goes',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a', outcome: 'unknown', error: 'TIMEOUT' },
        { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 2: 1 }) },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a session that expires before its age has passed',
      [begun, { from: AGE_S - 2, to: AGE_S - 1, call: look, cookie: 'a', gives: null, shown: basket({}) }],
    ],
    [
      'an expired session that is full again',
      [
        begun,
        { from: AGE_S + 1, to: AGE_S + 2, call: look, cookie: 'a', gives: null, shown: basket({}) },
        { from: AGE_S + 3, to: AGE_S + 4, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'a session that expires early because a change of before came late',
      [
        begun,
        { from: 2, to: 3, call: add('2', 1), cookie: 'a', outcome: 'unknown', error: 'TIMEOUT' },
        { from: 50, to: 51, call: set('1', 5), cookie: 'a', shown: basket({ 1: 5 }) },
        { from: 52, to: 53, call: look, cookie: 'a', shown: basket({ 1: 5, 2: 1 }) },
        { from: AGE_S + 20, to: AGE_S + 21, call: look, cookie: 'a', gives: null, shown: basket({}) },
      ],
    ],
    [
      'a session that expires early because a slow login came late',
      [
        begun,
        { from: 10, to: 70, call: login, cookie: 'a', gives: 'b' },
        { from: 50, to: 51, call: set('1', 5), cookie: 'a', shown: basket({ 1: 5 }) },
        { from: AGE_S + 20, to: AGE_S + 21, call: look, cookie: 'b', gives: null, shown: basket({}) },
      ],
    ],
    [
      'the form of a checkout that is through',
      [
        begun,
        { from: 2, to: 3, call: { kind: 'form' }, cookie: 'a', formAnswer: { form: 'f' } },
        { from: 4, to: 5, call: { kind: 'checkout', form: 'f' }, cookie: 'a' },
        { from: 6, to: 7, call: { kind: 'form' }, cookie: 'a', formAnswer: { form: 'f' } },
      ],
    ],
    [
      'an order that leaves in the basket what it ordered',
      [
        begun,
        { from: 2, to: 3, call: { kind: 'form' }, cookie: 'a', formAnswer: { form: 'f' } },
        { from: 4, to: 5, call: { kind: 'checkout', form: 'f' }, cookie: 'a' },
        { from: 6, to: 7, call: look, cookie: 'a', shown: basket({ 1: 2 }) },
      ],
    ],
    [
      'an order, asked for twice, that takes what was added afterwards',
      [
        begun,
        { from: 2, to: 3, call: { kind: 'form' }, cookie: 'a', formAnswer: { form: 'f' } },
        { from: 4, to: 5, call: { kind: 'checkout', form: 'f' }, cookie: 'a' },
        { from: 6, to: 7, call: add('1', 2), cookie: 'a', shown: basket({ 1: 2 }) },
        { from: 8, to: 9, call: { kind: 'checkout', form: 'f' }, cookie: 'a' },
        { from: 10, to: 11, call: look, cookie: 'a', shown: basket({}) },
      ],
    ],
    [
      'a login that is forgotten',
      [
        begun,
        { from: 2, to: 3, call: login, cookie: 'a', gives: 'b' },
        { from: 4, to: 5, call: look, cookie: 'b', shown: basket({ 1: 2 }) },
      ],
    ],
  ];

  it.each(faults)('is found: %s', (_what, told) => {
    const { nonLinearizable, undecided, stories } = check(tell(...told));
    expect({ nonLinearizable, undecided }).toEqual({ nonLinearizable: 1, undecided: 0 });
    expect(stories).toHaveLength(1);
    expect(stories[0]?.operations.filter(({ cannotBePlaced }) => cannotBePlaced)).toHaveLength(1);
  });
});

describe('the search', () => {
  /** So many changes of which nobody knows, in a basket that no order explains. */
  const unknowns = (count: number, change: (productId: string) => Call): History =>
    tell(
      begun,
      ...Array.from({ length: count }, (_, index) => ({ from: 2, call: change(String(index + 10)), cookie: 'a' })),
      { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 10: 9 }) },
    );
  const isGivenUp = (history: History, most: number): boolean => {
    const [session] = sessionsOf(history.operations());
    return linearize(session?.events ?? [], { ageMs: AGE_S * 1_000, most }).kind === 'undecided';
  };

  it('is given up after so many steps, and says so', () => {
    const setOne = (productId: string): Call => set(productId, 1);
    expect(isGivenUp(unknowns(24, setOne), 2_000)).toBe(true);
    expect(isGivenUp(unknowns(7, setOne), 2_000)).toBe(false);
  });

  it('tries no addition that would show', () => {
    expect(check(unknowns(24, (productId) => add(productId, 1)))).toMatchObject({ nonLinearizable: 1, undecided: 0 });
  });

  it('takes some steps for each operation of a long history, not for each order', () => {
    const told: Told[] = [begun];
    for (let second = 2; second < 1_000; second += 2) {
      const quantity = second / 2;
      told.push({ from: second, to: second + 3, call: set('1', quantity), cookie: 'a' });
      told.push({ from: second + 0.5, to: second + 2.5, call: add('2', 1), cookie: 'a' });
    }
    const [session] = sessionsOf(tell(...told).operations());
    expect(linearize(session?.events ?? [], { ageMs: AGE_S * 1_000, most: 20_000 }).kind).toBe('linearizable');
  });
});

describe('the counts of a history', () => {
  it('are a finding when a search was given up', () => {
    const told = Array.from({ length: 40 }, (_, index): Told => ({
      from: 2,
      call: set(String(index), 1),
      cookie: 'a',
    }));
    const last: Told = { from: 4, to: 5, call: look, cookie: 'a', shown: basket({ 1: 2, 10: 9 }) };
    const { undecided, nonLinearizable, stories } = checkHistory(tell(begun, ...told, last), {
      ageMs: AGE_S * 1_000,
      since: 0,
      most: 500,
    });
    expect({ undecided, nonLinearizable }).toEqual({ undecided: 1, nonLinearizable: 0 });
    expect(stories[0]?.verdict).toBe('undecided');
  });

  it('are of sessions, operations, unknown ones, and those that were not kept', () => {
    const full = createHistory({ now: () => 0, limit: 2 });
    const end = full.begin({ shopper: 0, process: 1, call: add('1', 1), cookie: undefined });
    end({ process: 1, outcome: 'ok', error: undefined, shown: basket({ 1: 1 }), formAnswer: undefined, cookie: 'a' });
    full.begin({ shopper: 0, process: 1, call: add('1', 1), cookie: 'a' });
    full.begin({ shopper: 0, process: 1, call: add('1', 1), cookie: 'a' });
    expect(check(full).history).toEqual({ sessions: 1, operations: 2, unknown: 1, notKept: 1 });
  });

  it('tell the stories of the first twenty only', () => {
    const told = Array.from({ length: 30 }, (): Told => ({ from: 1, to: 2, call: look, shown: basket({ 1: 1 }) }));
    const { nonLinearizable, stories } = check(tell(...told));
    expect([nonLinearizable, stories.length]).toEqual([30, 20]);
  });
});
