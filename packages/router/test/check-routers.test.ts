import { createRouterChain, type Router } from '@switchyard/router';
import { CHAIN, chainOf } from './support/chain-of.ts';
import { errorOf } from './support/error-of.ts';

class Helpful {
  dbForRead(): undefined {
    return this.#helper();
  }

  #helper(): undefined {
    return undefined;
  }
}

class Talkative extends Helpful {
  helper(): void {}
}

describe('a chain that cannot be meant is refused at start-up', () => {
  it.each<[what: string, router: unknown, code: string, word: string]>([
    ['a misspelt method', { name: 'typo', dbForReed: () => 'main' }, 'INVALID_ROUTER', "'dbForReed'"],
    ["Django's spelling", { db_for_read: () => 'main' }, 'INVALID_ROUTER', "'db_for_read'"],
    [
      'a misspelt method beside a right one',
      { dbForRead: () => 'main', allowMigration: () => false },
      'INVALID_ROUTER',
      "'allowMigration'",
    ],
    [
      'a method that is no function beside one that is',
      { name: 'table', dbForRead: 'main', dbForWrite: () => 'main' },
      'INVALID_ROUTER',
      'dbForRead that is no function',
    ],
    ['a helper that looks like a method', new Talkative(), 'INVALID_ROUTER', "'Talkative'"],
    ['a router without any method', { name: 'empty' }, 'INVALID_ROUTER', "'empty'"],
    ['an empty router', {}, 'INVALID_ROUTER', "'router 1'"],
    ['a class instead of an instance', Helpful, 'INVALID_ROUTER', 'function'],
    ['nothing', null, 'INVALID_ROUTER', 'Router 1'],
    ['a name', 'by-model', 'INVALID_ROUTER', 'string'],
    [
      'answers that have to be waited for',
      { name: 'slow', dbForRead: () => Promise.reject(new Error('late')) },
      'INVALID_ROUTER',
      'Routers answer at once',
    ],
    ['an answer with an unknown alias', { name: 'lost', dbForWrite: () => 'nowhere' }, 'UNKNOWN_ALIAS', "'nowhere'"],
    [
      'a declared route to an unknown alias',
      { dbForRead: () => undefined, routes: [{ alias: 'nowhere' }] },
      'UNKNOWN_ALIAS',
      "'nowhere'",
    ],
    [
      'a declared route of an unknown model',
      { dbForRead: () => undefined, routes: [{ model: 'bok', alias: 'main' }] },
      'UNKNOWN_MODEL',
      "'bok'",
    ],
    [
      'a declared route to a database without the model',
      { dbForRead: () => undefined, routes: [{ model: 'audit', alias: 'main' }] },
      'MODEL_NOT_IN_DATABASE',
      "'other' has",
    ],
  ])('%s', async (_what, router, code, word) => {
    const error = await errorOf(() => chainOf(router as Router));
    expect(error.code).toBe(code);
    expect(error.message).toContain(word);
  });

  it('an unknown default', async () => {
    expect(await errorOf(() => createRouterChain({ ...CHAIN, routers: [], default: 'mian' }))).toEqual({
      code: 'UNKNOWN_ALIAS',
      message: "The default 'mian' is not one of 'main', 'other', 'writer'.",
    });
  });

  it('names the place of the router in the chain', async () => {
    const { message } = await errorOf(() => chainOf({ dbForRead: () => 'main' }, {}));
    expect(message).toContain("'router 2'");
  });
});

describe('a chain is taken', () => {
  it.each<[what: string, router: Router]>([
    ['with private helpers', new Helpful()],
    ['with data beside its methods', Object.assign({ dbForRead: () => 'main' }, { table: new Map(), limit: 5 })],
    [
      'with a router that throws without hints',
      {
        dbForRead: () => {
          throw new Error('no tenant');
        },
      },
    ],
    ['with a router that only listens', { onWrite: () => undefined }],
    ['with a router that only speaks of migrations', { allowMigrate: () => undefined }],
  ])('%s', (_what, router) => {
    expect(chainOf(router).routers).toHaveLength(1);
  });

  it('asking a router without declared routes once about each model, and one with them not at all', () => {
    const asked: string[] = [];
    const note = (model: string): undefined => void asked.push(model);
    chainOf({ dbForRead: note }, { dbForWrite: note, routes: [] });
    expect(asked).toEqual([...CHAIN.models.keys()]);
  });
});
