import { setImmediate as nextTurn } from 'node:timers/promises';

import { createRouterChain, type Hints, type OperationKind, type Router } from '@switchyard/router';
import { CHAIN, chainOf } from './support/chain-of.ts';
import { errorOf } from './support/error-of.ts';

const reader: Router = { name: 'reader', dbForRead: () => 'other' };
const writer: Router = { name: 'writer', dbForWrite: () => 'writer' };
const replica: Router = {
  name: 'replica',
  dbForRead: () => 'other',
  dbForWrite: () => 'main',
  allowRelation: () => true,
  allowMigrate: () => true,
};
const users: Router = {
  name: 'users',
  dbForRead: (model) => (model === 'user' ? 'main' : undefined),
  dbForWrite: (model) => (model === 'user' ? 'other' : undefined),
  allowRelation: (model, other) => (model === 'user' || other === 'user' ? false : undefined),
  allowMigrate: (alias, schema) => (schema === 'users' ? alias === 'other' : undefined),
};
const silent: Router = { name: 'silent', dbForRead: () => undefined, dbForWrite: () => undefined };

type Case = [what: string, routers: readonly Router[], model: string, read: string, write: string];

describe('a route', () => {
  it.each<Case>([
    ['is the default without routers', [], 'book', 'main', 'main'],
    ['is the only database that has the model', [], 'audit', 'other', 'other'],
    ['is the default where no router has an opinion', [silent, silent], 'book', 'main', 'main'],
    ['is the only database of the model where no router has an opinion', [silent], 'audit', 'other', 'other'],
    ['is what the only router says', [replica], 'book', 'other', 'main'],
    ['is the default for what a partial router does not answer', [reader], 'book', 'other', 'main'],
    ['is the default for reads with a router for writes', [writer], 'book', 'main', 'writer'],
    ['is put together from partial routers', [reader, writer], 'book', 'other', 'writer'],
    [
      'does not depend on the order of routers that answer different questions',
      [writer, reader],
      'book',
      'other',
      'writer',
    ],
    ['is what the first router with an opinion says', [users, replica], 'user', 'main', 'other'],
    ['is what the next router says where the first has no opinion', [users, replica], 'book', 'other', 'main'],
    ['hides later routers', [replica, users], 'user', 'other', 'main'],
    ['is asked of each router in turn', [writer, users, replica], 'user', 'main', 'writer'],
    ['is asked of each router in turn for each model', [writer, users, replica], 'book', 'other', 'writer'],
  ])('%s', (_what, routers, model, read, write) => {
    const chain = chainOf(...routers);
    expect([chain.route(model, 'read'), chain.route(model, 'write')]).toEqual([read, write]);
  });

  it.each<[what: string, kind: OperationKind, alias: string]>([
    ['follows the row in the hints when reading', 'read', 'other'],
    ['does not follow it when writing', 'write', 'main'],
  ])('%s', (_what, kind, alias) => {
    const row = {};
    const chain = createRouterChain({
      ...CHAIN,
      routers: [silent],
      originOf: (it) => (it === row ? 'other' : undefined),
    });
    expect(chain.route('book', kind, { instance: row })).toBe(alias);
    expect(chain.route('book', kind, { instance: {} })).toBe('main');
  });

  it('follows no row to a database that lacks the model', () => {
    const chain = createRouterChain({ ...CHAIN, routers: [], originOf: () => 'main' });
    expect(chain.route('audit', 'read', { instance: {} })).toBe('other');
  });

  it('is the opinion of a router before it is the row', () => {
    const chain = createRouterChain({ ...CHAIN, routers: [replica], originOf: () => 'writer' });
    expect(chain.route('book', 'read', { instance: {} })).toBe('other');
  });

  it('gives routers the model and the hints as they are', () => {
    const seen: unknown[] = [];
    const note = (model: string, hints: Hints): undefined => void seen.push([model, hints]);
    const chain = createRouterChain({ ...CHAIN, routers: [{ routes: [], dbForRead: note, dbForWrite: note }] });
    const hints = { instance: {}, tenant: 7 };
    chain.route('book', 'read', hints);
    chain.route('user', 'write');
    expect(seen).toEqual([
      ['book', hints],
      ['user', {}],
    ]);
  });

  it('passes on what a router throws', () => {
    const failure = new TypeError('broken');
    const fail = (): never => {
      throw failure;
    };
    const chain = chainOf({ dbForRead: fail, dbForWrite: fail, allowRelation: fail, allowMigrate: fail }, replica);
    const asks = [
      () => chain.route('book', 'read'),
      () => chain.route('book', 'write'),
      () => chain.explain('book', 'read'),
      () => chain.relationForbiddenBy('book', 'user'),
      () => chain.migrationForbiddenBy('main', 'books'),
    ];
    for (const ask of asks) expect(ask).toThrow(failure);
  });

  it('does not stop at a router whose methods are inherited from a class', () => {
    class Base {
      dbForRead(): string {
        return 'other';
      }
    }
    class Derived extends Base {}
    expect(chainOf(new Derived()).explain('book', 'read')).toMatchObject({ alias: 'other', router: 'Derived' });
  });
});

describe('an explanation', () => {
  const row = {};
  const chain = createRouterChain({ ...CHAIN, routers: [silent, users], originOf: () => 'writer' });
  it.each<[what: string, model: string, hints: Hints, expected: object]>([
    [
      'names the router that decided, and those asked before it',
      'user',
      {},
      {
        alias: 'main',
        by: 'router',
        router: 'users',
        asked: [
          { router: 'silent', alias: undefined },
          { router: 'users', alias: 'main' },
        ],
      },
    ],
    ['says that it is the default', 'book', {}, { alias: 'main', by: 'default' }],
    ['says that it is where the row came from', 'book', { instance: row }, { alias: 'writer', by: 'origin' }],
    ['says that there is only one database', 'audit', {}, { alias: 'other', by: 'only' }],
  ])('%s', (_what, model, hints, expected) => {
    expect(chain.explain(model, 'read', hints)).toMatchObject({ ...expected, model, kind: 'read', hints });
  });

  it('names routers by their place where they have no name', () => {
    expect(chainOf({ dbForRead: () => undefined }, { dbForRead: () => 'other' }).explain('book', 'read').asked).toEqual(
      [
        { router: 'router 1', alias: undefined },
        { router: 'router 2', alias: 'other' },
      ],
    );
  });
});

describe('an answer that cannot be', () => {
  // They declare no routes that would be wrong, and are quiet at the start, when there are no hints.
  const later = (alias: unknown): Router => ({
    name: 'late',
    dbForRead: (_model, hints) => (hints['now'] === true ? (alias as string) : undefined),
  });
  it.each<[what: string, alias: unknown, model: string, code: string, words: readonly string[]]>([
    [
      'an alias that nobody knows',
      'nowhere',
      'book',
      'UNKNOWN_ALIAS',
      ["'late'", "'nowhere'", "'main', 'other', 'writer'"],
    ],
    ['null, which is no way to have no opinion', null, 'book', 'UNKNOWN_ALIAS', ["'late'", 'null', 'undefined']],
    [
      'a database that lacks the model',
      'main',
      'audit',
      'MODEL_NOT_IN_DATABASE',
      ["'late'", "'audit'", "'main'", "'other'"],
    ],
  ])('throws for %s', async (_what, alias, model, code, words) => {
    const chain = chainOf(later(alias));
    const error = await errorOf(() => chain.route(model, 'read', { now: true }));
    expect(error.code).toBe(code);
    for (const word of words) expect(error.message).toContain(word);
  });

  it('throws for a promise, and sees to its rejection', async () => {
    const answer = Promise.reject(new Error('late'));
    const then = jest.spyOn(answer, 'then');
    const chain = chainOf(later(answer));
    const error = await errorOf(() => chain.route('book', 'read', { now: true }));
    expect(error).toMatchObject({
      code: 'INVALID_ROUTER',
      message: expect.stringContaining("'late' answers with a p"),
    });
    expect(then).toHaveBeenCalledWith(undefined, expect.any(Function));
  });

  it.each<[what: string, answer: unknown, words: string]>([
    ['null', null, "'lax' answers null in allow"],
    ['a promise, which is no yes', Promise.reject(new Error('no')), "'lax' answers with a promise"],
    ['a word', 'no', "'lax' answers no in allow"],
  ])('throws for what is neither yes nor no: %s', async (_what, answer, words) => {
    const lax: Router = { name: 'lax', allowRelation: () => answer as boolean, allowMigrate: () => answer as boolean };
    const chain = chainOf(lax);
    for (const ask of [() => chain.relationForbiddenBy('book', 'user'), () => chain.migrationForbiddenBy('main', 'x')])
      expect(await errorOf(ask)).toMatchObject({
        code: 'INVALID_ROUTER',
        message: expect.stringContaining(words),
      });
  });

  it.each<[what: string, model: string, code: string]>([
    ['a model that no database has', 'nothing', 'UNKNOWN_MODEL'],
    ['a model of several databases, none of them the default, without an opinion', 'shard', 'NO_ROUTE'],
  ])('throws for %s', async (_what, model, code) => {
    const error = await errorOf(() => chainOf(silent).route(model, 'read'));
    expect(error).toMatchObject({ code, message: expect.stringContaining(`'${model}'`) });
  });
});

describe('a relation', () => {
  const forbid: Router = { name: 'forbid', allowRelation: () => false };
  const allow: Router = { name: 'allow', allowRelation: () => true };
  const unsure: Router = { name: 'unsure', allowRelation: () => undefined };
  it.each<[what: string, routers: readonly Router[], forbidder: string | undefined]>([
    ['is allowed without routers', [], undefined],
    ['is allowed where no router has an opinion', [unsure, silent], undefined],
    ['is forbidden by one', [forbid], 'forbid'],
    ['is forbidden by the first with an opinion', [unsure, forbid, allow], 'forbid'],
    ['is allowed by the first with an opinion', [unsure, allow, forbid], undefined],
  ])('%s', (_what, routers, forbidder) => {
    expect(chainOf(...routers).relationForbiddenBy('book', 'user')).toBe(forbidder);
  });

  it('is asked about with both models and the hints', () => {
    const seen: unknown[] = [];
    const hints = { tenant: 1 };
    chainOf({ allowRelation: (...asked) => void seen.push(asked) }).relationForbiddenBy('book', 'user', hints);
    expect(seen).toEqual([['book', 'user', hints]]);
  });
});

describe('a migration', () => {
  const yes: Router = { name: 'yes', allowMigrate: () => true };
  const no: Router = { name: 'no', allowMigrate: () => false };
  const unsure: Router = { name: 'unsure', allowMigrate: () => undefined };
  it.each<[what: string, routers: readonly Router[], alias: string, schema: string, forbidder: string | undefined]>([
    ['goes anywhere without routers', [], 'main', 'users', undefined],
    ['goes anywhere without an opinion', [unsure, silent], 'main', 'users', undefined],
    ['goes where the first opinion is true', [unsure, yes, no], 'main', 'users', undefined],
    ['is kept out where the first opinion is false', [unsure, no, yes], 'main', 'users', 'no'],
    ['of its own schema goes to its own database', [users], 'other', 'users', undefined],
    ['of its own schema goes to no other database', [users], 'main', 'users', 'users'],
    ['of another schema is no matter of that router', [users], 'main', 'books', undefined],
    ['of another schema may come to that database', [users], 'other', 'books', undefined],
    ['is what the universal router in front says', [yes, users], 'main', 'users', undefined],
    ['is what the router for the schema in front says', [users, yes], 'main', 'users', 'users'],
  ])('%s', (_what, routers, alias, schema, forbidder) => {
    expect(chainOf(...routers).migrationForbiddenBy(alias, schema)).toBe(forbidder);
  });

  it('is asked about with the hints', () => {
    const seen: unknown[] = [];
    const hints = { model: 'book' };
    chainOf({ allowMigrate: (...asked) => void seen.push(asked) }).migrationForbiddenBy('main', 'books', hints);
    expect(seen).toEqual([['main', 'books', hints]]);
  });
});

describe('a write that has succeeded', () => {
  it('is told to every router that listens', () => {
    const told: unknown[] = [];
    const listener = (name: string): Router => ({ onWrite: (...what) => void told.push([name, ...what]) });
    chainOf(listener('a'), silent, listener('b')).wrote('other', 'book', { tenant: 1 });
    expect(told).toEqual([
      ['a', 'other', 'book', { tenant: 1 }],
      ['b', 'other', 'book', { tenant: 1 }],
    ]);
  });

  it('stays one where a router fails to take note later: that is a warning, too', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const onWrite = (): unknown => Promise.reject(new RangeError('no'));
    chainOf({ name: 'slow', onWrite }).wrote('other', 'book', {});
    await nextTurn();
    expect(warn).toHaveBeenCalledWith("Router 'slow' failed in onWrite: RangeError: no", { type: 'RouterWarning' });
    warn.mockRestore();
  });

  it('stays one where a router fails to take note: that is a warning', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const told: string[] = [];
    const broken: Router = {
      name: 'broken',
      onWrite: () => {
        throw new RangeError('no');
      },
    };
    chainOf(broken, { onWrite: (alias) => void told.push(alias) }).wrote('other', 'book', {});
    expect(told).toEqual(['other']);
    expect(warn).toHaveBeenCalledWith("Router 'broken' failed in onWrite: RangeError: no", { type: 'RouterWarning' });
    warn.mockRestore();
  });
});
