import fc from 'fast-check';
import { applyChange, applyTogether } from '../../src/checker/apply-change.ts';
import type { Change, Outcome } from '../../src/checker/change.ts';
import { NEW_VISITOR, quantitiesOf, type Expectation } from '../../src/checker/expectation.ts';
import { BLANK, judge, type Shown } from '../../src/checker/judge.ts';

const shown = (lines: Record<string, number>, user: string | null = null): Shown => ({
  lines: new Map(Object.entries(lines)),
  user,
});

const after = (...steps: readonly (readonly [Change, Outcome])[]): Expectation =>
  steps.reduce((expectation, [change, outcome]) => applyChange(expectation, change, outcome), NEW_VISITOR);

const add = (productId: string, quantity: number): Change => ({ kind: 'add', productId, quantity });
const set = (productId: string, quantity: number): Change => ({ kind: 'set', productId, quantity });
const remove = (productId: string): Change => ({ kind: 'remove', productId });
const login: Change = { kind: 'login', user: 'a@example.com' };
const logout: Change = { kind: 'logout' };
const checkout: Change = { kind: 'checkout' };

describe('a page that shows what was acknowledged', () => {
  const fine: readonly (readonly [string, Expectation, Shown])[] = [
    ['nothing, to a new visitor', NEW_VISITOR, BLANK],
    ['the sum of two additions', after([add('1', 2), 'ok'], [add('1', 1), 'ok']), shown({ 1: 3 })],
    ['the latest quantity set', after([add('1', 2), 'ok'], [set('1', 5), 'ok']), shown({ 1: 5 })],
    ['nothing of a removed line', after([add('1', 2), 'ok'], [remove('1'), 'ok']), BLANK],
    ['nothing of a line set to zero', after([add('1', 2), 'ok'], [set('1', 0), 'ok']), BLANK],
    ['nothing of what was ordered', after([add('1', 2), 'ok'], [checkout, 'ok']), BLANK],
    [
      'the basket that came along at the login',
      after([add('1', 2), 'ok'], [login, 'ok']),
      shown({ 1: 2 }, 'a@example.com'),
    ],
    ['nothing after a logout', after([add('1', 2), 'ok'], [login, 'ok'], [logout, 'ok']), BLANK],
    ['nothing of a refused change', after([add('1', 2), 'ok'], [add('1', 3), 'failed']), shown({ 1: 2 })],
    ['an unanswered change, done', after([add('1', 2), 'ok'], [add('1', 3), 'unknown']), shown({ 1: 5 })],
    ['an unanswered change, not done', after([add('1', 2), 'ok'], [add('1', 3), 'unknown']), shown({ 1: 2 })],
    ['an unanswered checkout, done', after([add('1', 2), 'ok'], [checkout, 'unknown']), BLANK],
    ['an unanswered login, done', after([add('1', 2), 'ok'], [login, 'unknown']), shown({ 1: 2 }, 'a@example.com')],
    ['an unanswered login whose key never came', after([add('1', 2), 'ok'], [login, 'unknown']), BLANK],
    ['an unanswered logout, done', after([add('1', 2), 'ok'], [logout, 'unknown']), BLANK],
    ['an unanswered logout, not done', after([add('1', 2), 'ok'], [logout, 'unknown']), shown({ 1: 2 })],
  ];

  it.each(fine)('%s', (_what, expectation, page) => {
    expect(judge(expectation, page).losses).toEqual([]);
  });
});

describe('a page that does not', () => {
  const faulty: readonly (readonly [string, Expectation, Shown, string])[] = [
    ['an addition missing', after([add('1', 2), 'ok'], [add('1', 1), 'ok']), shown({ 1: 2 }), 'line'],
    ['an addition done twice', after([add('1', 2), 'ok']), shown({ 1: 4 }), 'line'],
    ['one of two lines missing', after([add('1', 2), 'ok'], [add('2', 1), 'ok']), shown({ 1: 2 }), 'line'],
    ['a line that was removed', after([add('1', 2), 'ok'], [remove('1'), 'ok']), shown({ 1: 2 }), 'line'],
    ['a line that was never added', NEW_VISITOR, shown({ 7: 1 }), 'line'],
    ['a refused change, done', after([add('1', 2), 'ok'], [add('1', 3), 'failed']), shown({ 1: 5 }), 'line'],
    [
      'an unanswered change, done by half',
      after([add('1', 2), 'ok'], [add('1', 3), 'unknown']),
      shown({ 1: 3 }),
      'line',
    ],
    ['what was ordered', after([add('1', 2), 'ok'], [checkout, 'ok']), shown({ 1: 2 }), 'line'],
    ['an empty basket', after([add('1', 2), 'ok']), BLANK, 'basket'],
    [
      'an empty basket of somebody logged in',
      after([add('1', 2), 'ok'], [login, 'ok']),
      shown({}, 'a@example.com'),
      'line',
    ],
    ['nobody logged in', after([login, 'ok']), BLANK, 'user'],
    ['somebody else logged in', after([login, 'ok']), shown({}, 'b@example.com'), 'user'],
    ['somebody logged in with no login', NEW_VISITOR, shown({}, 'b@example.com'), 'user'],
    [
      'the basket of before an unanswered logout, changed',
      after([add('1', 2), 'ok'], [logout, 'unknown']),
      shown({ 1: 1 }),
      'line',
    ],
  ];

  it.each(faulty)('is found: %s', (_what, expectation, page, kind) => {
    expect(judge(expectation, page).losses.map((loss) => loss.kind)).toEqual([kind]);
  });

  it.each(faulty)('is counted once: %s', (_what, expectation, page) => {
    const { next } = judge(expectation, page);
    expect(judge(next, page).losses).toEqual([]);
  });

  it('is counted once also when another process shows it as it was before', () => {
    const expectation = after([add('1', 2), 'ok'], [add('2', 1), 'ok']);
    const { losses, next } = judge(expectation, shown({ 1: 2 }));
    expect(losses).toHaveLength(1);
    expect(judge(next, shown({ 1: 2, 2: 1 })).losses).toEqual([]);
  });

  it('is found for every line that is wrong', () => {
    const expectation = after([add('1', 2), 'ok'], [add('2', 1), 'ok'], [add('3', 1), 'ok']);
    expect(judge(expectation, shown({ 1: 1, 3: 2 })).losses).toHaveLength(3);
  });
});

describe('an expired session', () => {
  it('is no loss', () => {
    const { losses, isGone, next } = judge(after([add('1', 2), 'ok']), BLANK, true);
    expect({ losses, isGone, next }).toEqual({ losses: [], isGone: true, next: NEW_VISITOR });
  });

  it('is gone as a whole or not at all', () => {
    const expectation = after([add('1', 2), 'ok'], [add('2', 2), 'ok']);
    expect(judge(expectation, shown({ 1: 2, 2: 2 }), true).losses).toEqual([]);
    expect(judge(expectation, shown({ 1: 2 }), true).losses).toHaveLength(1);
  });
});

describe('changes at the same time', () => {
  const ok = (change: Change) => ({ change, outcome: 'ok' as const });

  it('may have been made in any order', () => {
    const before = after([add('1', 2), 'ok']);
    expect(new Set(quantitiesOf(applyTogether(before, [ok(add('1', 3)), ok(set('1', 5))]), '1'))).toEqual(
      new Set([5, 8]),
    );
    expect(
      new Set(quantitiesOf(applyTogether(before, [ok(add('1', 1)), ok(set('1', 5)), ok(remove('1'))]), '1')),
    ).toEqual(new Set([0, 1, 5, 6]));
  });

  it('are all made that were acknowledged, those that were not maybe', () => {
    const before = after([add('1', 2), 'ok']);
    const together = applyTogether(before, [ok(add('1', 1)), { change: add('1', 4), outcome: 'unknown' }]);
    expect(new Set(quantitiesOf(together, '1'))).toEqual(new Set([3, 7]));
    expect(applyTogether(before, [{ change: add('1', 4), outcome: 'failed' }])).toEqual(before);
    expect(applyTogether(before, [])).toBe(before);
  });
});

describe('any sequence of changes', () => {
  const productId = fc.constantFrom('1', '2', '3');
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), productId, quantity: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('set' as const), productId, quantity: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ kind: fc.constant('remove' as const), productId }),
    fc.constant(checkout),
    fc.constant(login),
    fc.constant(logout),
  );
  const step = fc.record({
    change,
    outcome: fc.constantFrom<Outcome>('ok', 'failed', 'unknown'),
    happened: fc.boolean(),
  });

  /** What a shop without fault shows, given which of the unanswered changes it has done. */
  function truth(
    page: Shown,
    { change: next, outcome, happened }: { change: Change; outcome: Outcome; happened: boolean },
  ): Shown {
    if (outcome === 'failed' || (outcome === 'unknown' && !happened)) return page;
    const lines = new Map(page.lines);
    switch (next.kind) {
      case 'add':
        return { ...page, lines: lines.set(next.productId, (lines.get(next.productId) ?? 0) + next.quantity) };
      case 'set':
        lines.delete(next.productId);
        return { ...page, lines: next.quantity === 0 ? lines : lines.set(next.productId, next.quantity) };
      case 'remove':
        lines.delete(next.productId);
        return { ...page, lines };
      case 'checkout':
        return { ...page, lines: new Map() };
      case 'login':
        return { ...page, user: next.user };
      case 'logout':
        return BLANK;
    }
  }

  it('is never held against a shop that has done what it said, whatever it did with the unanswered ones', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const expectation = steps.reduce((now, next) => applyChange(now, next.change, next.outcome), NEW_VISITOR);
        // A logout that was done unasked leaves a new visitor; what that one does is a session of its own.
        fc.pre(!steps.some(({ change: each, outcome }) => each.kind === 'logout' && outcome === 'unknown'));
        expect(judge(expectation, steps.reduce(truth, BLANK)).losses).toEqual([]);
      }),
    );
  });

  it('makes every quantity a loss that no choice of the unanswered ones explains', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        productId,
        fc.integer({ min: 0, max: 40 }),
        (steps, id, quantity) => {
          const lineSteps = steps.filter(({ change: each }) => each.kind !== 'logout' && each.kind !== 'login');
          const expectation = lineSteps.reduce((now, next) => applyChange(now, next.change, next.outcome), NEW_VISITOR);
          const open = lineSteps.filter(({ outcome }) => outcome === 'unknown').length;
          fc.pre(open <= 6);
          const possible = new Set<number>();
          for (let choice = 0; choice < 2 ** open; choice++) {
            let bit = 0;
            const chosen = lineSteps.map((each) =>
              each.outcome === 'unknown' ? { ...each, happened: ((choice >> bit++) & 1) === 1 } : each,
            );
            possible.add(chosen.reduce(truth, BLANK).lines.get(id) ?? 0);
          }
          expect(new Set(quantitiesOf(expectation, id))).toEqual(possible);
          const page: Shown = { lines: new Map(quantity === 0 ? [] : [[id, quantity]]), user: null };
          const isLoss =
            judge({ ...expectation, lines: new Map([[id, quantitiesOf(expectation, id)]]) }, page).losses.length > 0;
          expect(isLoss).toBe(!possible.has(quantity));
        },
      ),
    );
  });
});
