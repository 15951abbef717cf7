import { createHistory, type Answer } from '../../src/history/history.ts';
import { add, basket, look } from '../support/tell.ts';

const answer = (cookie: string | undefined, rest: Partial<Answer> = {}): Answer => ({
  process: 2,
  outcome: 'ok',
  error: undefined,
  shown: undefined,
  formAnswer: undefined,
  cookie,
  ...rest,
});

const sending = { shopper: 3, process: 2, call: look } as const;

describe('the history', () => {
  it('has each request with its beginning, its end and what came of it', () => {
    let now = 10;
    const history = createHistory({ now: () => now });
    const end = history.begin({ ...sending, call: add('1', 2), cookie: undefined });
    now = 25;
    end(answer('sid=x', { shown: basket({ 1: 2 }), error: '503 SHOP_UNAVAILABLE' }));
    expect(history.operations()).toEqual([
      {
        shopper: 3,
        process: 2,
        call: add('1', 2),
        from: 10,
        to: 25,
        key: undefined,
        keyAfter: 1,
        outcome: 'ok',
        error: '503 SHOP_UNAVAILABLE',
        shown: basket({ 1: 2 }),
        formAnswer: undefined,
      },
    ]);
  });

  it('has no cookie in it, and the same number for the same cookie', () => {
    const history = createHistory({ now: () => 0 });
    history.begin({ ...sending, cookie: 'sid=secret-one' })(answer('sid=secret-two'));
    history.begin({ ...sending, cookie: 'sid=secret-two' })(answer('sid=secret-one'));
    expect(history.operations().map(({ key, keyAfter }) => [key, keyAfter])).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(JSON.stringify(history.operations())).not.toContain('secret');
  });

  it('tells what came first when the clock stands still', () => {
    const history = createHistory({ now: () => 3.2e10 });
    for (let times = 0; times < 100; times++) history.begin({ ...sending, cookie: 'a' })(answer('a'));
    const moments = history.operations().flatMap(({ from, to }) => [from, to ?? NaN]);
    expect(moments.every((moment, index) => index === 0 || moment > (moments[index - 1] as number))).toBe(true);
  });

  it('does not know what became of a request that has not ended', () => {
    const history = createHistory({ now: () => 0 });
    history.begin({ ...sending, cookie: 'a' });
    expect(history.operations()[0]).toMatchObject({ outcome: 'unknown', to: undefined, key: 1, keyAfter: 1 });
  });

  it('stays what it was when it is full: what ends later may have seen what was not kept', () => {
    const history = createHistory({ now: () => 0, limit: 2 });
    const first = history.begin({ ...sending, cookie: 'a' });
    const second = history.begin({ ...sending, cookie: 'a' });
    first(answer('a'));
    history.begin({ ...sending, cookie: 'a' })(answer('a'));
    second(answer(undefined));
    expect(history.operations().map(({ outcome, to }) => [outcome, to === undefined])).toEqual([
      ['ok', false],
      ['unknown', true],
    ]);
    expect(history.notKept).toBe(1);
  });
});
