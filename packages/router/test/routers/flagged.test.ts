import { byModel, flagged, percentage, type Router } from '@switchyard/router';
import { createRequestPins } from '../../src/request-pins.ts';
import { chainOf } from '../support/chain-of.ts';
import { errorOf } from '../support/error-of.ts';

const on = byModel({ user: 'other' }, { schemas: { accounts: 'other' } });
const off = byModel({ user: 'writer' }, { name: 'old' });

describe('flagged', () => {
  it.each<[what: string, flag: boolean, without: Router | undefined, alias: string]>([
    ['asks the router while the flag is on', true, off, 'other'],
    ['asks the other router while the flag is off', false, off, 'writer'],
    ['has no opinion while the flag is off and there is no other', false, undefined, 'main'],
  ])('%s', (_what, flag, other, alias) => {
    const chain = chainOf(flagged({ flag: 'moved', read: () => flag, on, ...(other && { off: other }) }));
    expect([chain.route('user', 'read'), chain.route('user', 'write'), chain.route('book', 'read')]).toEqual([
      alias,
      alias,
      'main',
    ]);
  });

  it('reads the flag by its name', () => {
    const read = jest.fn(() => true);
    chainOf(flagged({ flag: 'moved', read, on })).route('user', 'read');
    expect(read).toHaveBeenCalledWith('moved');
  });

  it.each<[what: string, answer: () => unknown, said: string]>([
    ['a promise, which would count as on', () => Promise.resolve(false), 'a promise'],
    ['a promise that fails', () => Promise.reject(new Error('no flags')), 'a promise'],
    ['a word', () => 'off', "'off'"],
    ['nothing, which would be asked for again in the same request', () => undefined, 'undefined'],
  ])('refuses a flag that is %s', async (_what, answer, said) => {
    const chain = chainOf(flagged({ flag: 'moved', read: () => answer() as boolean, on }));
    const refusal = { code: 'INVALID_OPTION', message: expect.stringContaining(`'moved' is read as ${said}`) };
    expect(await errorOf(() => chain.route('user', 'read'))).toMatchObject(refusal);
    for (const source of [() => undefined, () => answer() as boolean]) {
      const hints = { request: createRequestPins(source) };
      expect(await errorOf(() => chain.route('user', 'read', hints))).toMatchObject(refusal);
    }
  });

  it('asks about relations as about routes', () => {
    const strict: Router = { name: 'strict', allowRelation: () => false };
    const forbidden = (flag: boolean) =>
      chainOf(flagged({ flag: 'moved', read: () => flag, on: strict })).relationForbiddenBy('user', 'book');
    expect([forbidden(true), forbidden(false)]).toEqual(['flag moved (strict)', undefined]);
  });

  it.each([true, false])('keeps migrations where they belong, the flag being %s', (flag) => {
    const chain = chainOf(flagged({ flag: 'moved', read: () => flag, on, off }));
    expect(chain.migrationForbiddenBy('main', 'accounts')).toBe('flag moved (by-model or old)');
    expect(chain.migrationForbiddenBy('other', 'accounts')).toBeUndefined();
  });

  it('tells both routers of a write', () => {
    const told: string[] = [];
    const listener = (name: string): Router => ({ onWrite: () => void told.push(name) });
    chainOf(flagged({ flag: 'moved', read: () => true, on: listener('on'), off: listener('off') })).wrote(
      'main',
      'user',
      {},
    );
    expect(told).toEqual(['on', 'off']);
  });

  it('has no onWrite where its routers have none, so that writes do not pay for it', () => {
    const read = () => true;
    const listening: Router = { onWrite: () => undefined };
    expect(flagged({ flag: 'moved', read, on, off }).onWrite).toBeUndefined();
    expect(flagged({ flag: 'moved', read, on, off: listening }).onWrite).toBeDefined();
  });

  it('tells the other router of a write also when one fails to take note', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const told: string[] = [];
    const broken: Router = {
      onWrite: () => {
        throw new RangeError('no');
      },
    };
    const off: Router = { onWrite: () => void told.push('off') };
    chainOf(flagged({ flag: 'moved', read: () => true, on: broken, off })).wrote('main', 'user', {});
    expect([told, warn.mock.calls.length]).toEqual([['off'], 1]);
    warn.mockRestore();
  });

  it.each<[what: string, inner: () => Router, code: string]>([
    [
      'a misspelt method',
      () => flagged({ flag: 'x', read: () => false, on: { dbForReads: () => 'main' } as Router }),
      'INVALID_ROUTER',
    ],
    [
      'an unknown alias in the router that is off',
      () => flagged({ flag: 'x', read: () => false, on: byModel({ user: 'nowhere' }) }),
      'UNKNOWN_ALIAS',
    ],
    [
      'an unknown alias in a router inside of a router',
      () =>
        percentage({
          percent: 0,
          hint: 'x',
          on: flagged({ flag: 'x', read: () => false, on: byModel({ user: 'nowhere' }) }),
        }),
      'UNKNOWN_ALIAS',
    ],
    [
      'an unknown model in the other router',
      () => flagged({ flag: 'x', read: () => true, on, off: byModel({ usr: 'main' }) }),
      'UNKNOWN_MODEL',
    ],
  ])('is refused at start-up with %s', async (_what, inner, code) => {
    expect(await errorOf(() => chainOf(inner()))).toMatchObject({ code });
  });

  it('is not asked at start-up, when flags may not be there yet, if its routers declare their routes', () => {
    const read = jest.fn(() => true);
    chainOf(flagged({ flag: 'moved', read, on, off }));
    expect(read).not.toHaveBeenCalled();
  });
});
