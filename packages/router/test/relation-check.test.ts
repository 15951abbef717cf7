import {
  byModel,
  createRouterChain,
  type Guard,
  type GuardedOperation,
  type Hints,
  type Router,
} from '@switchyard/router';
import { createRelationCheck, type PlacedOperation, type RelationCheck } from '../src/relation-check.ts';
import { errorOf } from './support/error-of.ts';
import { shapes } from './support/shapes.ts';

const SHAPES = new Map([
  [
    'main',
    shapes({
      user: 'id sessions:session orders:order',
      order: 'id user:user lines:line',
      line: 'id order:order',
      session: 'id user:user',
      tag: 'id',
    }),
  ],
  ['sessions', shapes({ session: 'id owner', user: 'id' })],
  [
    'replica',
    shapes({
      user: 'id sessions:session orders:order',
      order: 'id user:user lines:line',
      line: 'id order:order',
      session: 'id user:user',
      tag: 'id',
    }),
  ],
]);

function checkWith(
  routers: readonly Router[],
  guards: readonly Guard[] = [],
  without: readonly string[] = [],
): RelationCheck {
  const known = new Map([...SHAPES].filter(([alias]) => !without.includes(alias)));
  const models = new Map<string, string[]>();
  for (const [alias, ofAlias] of known)
    for (const key of ofAlias.keys()) models.set(key, [...(models.get(key) ?? []), alias]);
  const chain = createRouterChain({ routers, aliases: [...known.keys()], default: 'main', models });
  return createRelationCheck({ shapes: known, chain, guards });
}

function operation(model: string, change: Partial<PlacedOperation> = {}): PlacedOperation {
  return {
    model,
    operation: 'findMany',
    alias: 'main',
    routedAs: 'read',
    kind: 'read',
    named: false,
    hints: {},
    ...change,
  };
}

const moved = byModel({ session: 'sessions' });

describe('arguments need a look', () => {
  it.each<[what: string, alias: string, model: string, check: RelationCheck, needed: boolean]>([
    ['where a relation leads to a model that two databases have', 'main', 'user', checkWith([], [], ['replica']), true],
    ['where such a relation is reached through another', 'main', 'line', checkWith([], [], ['replica']), true],
    ['not without relations', 'main', 'tag', checkWith([], [], ['replica']), false],
    [
      'not in a database whose relations lead nowhere else',
      'main',
      'user',
      checkWith([], [], ['replica', 'sessions']),
      false,
    ],
    [
      'wherever there are relations, with a guard',
      'main',
      'user',
      checkWith([], [{ check: () => undefined }], ['replica', 'sessions']),
      true,
    ],
    [
      'wherever there are relations, with a router that may forbid them',
      'main',
      'user',
      checkWith([{ allowRelation: () => undefined }], [], ['replica', 'sessions']),
      true,
    ],
    ['not without relations, even with a guard', 'main', 'tag', checkWith([], [{ check: () => undefined }]), false],
    ['for a relation that only the other database knows', 'sessions', 'session', checkWith([], [], ['replica']), true],
  ])('%s', (_what, alias, model, check, needed) => {
    expect(check.needed(alias, model)).toBe(needed);
  });
});

describe('a relation to another database', () => {
  it('is refused with the models, aliases and router named', async () => {
    const check = checkWith([moved]);
    expect(await errorOf(() => check.arguments(operation('user'), { include: { sessions: true } }))).toEqual({
      code: 'CROSS_DATABASE_RELATION',
      message:
        "user.sessions leads from 'user' on 'main' to 'session' on 'sessions' (says router 'by-model'): one statement " +
        "cannot use both. Ask for 'session' in an operation of its own.",
    });
  });

  it('is refused without naming a router where the default decides', async () => {
    const { message } = await errorOf(() =>
      checkWith([]).arguments(operation('user', { alias: 'replica' }), { include: { orders: true } }),
    );
    expect(message).toContain("'user' on 'replica' to 'order' on 'main': one");
  });

  it('is refused where only another database has the relation', async () => {
    const check = checkWith([moved, byModel({ user: 'main' })], [], ['replica']);
    const placed = operation('session', { alias: 'sessions' });
    expect(await errorOf(() => check.arguments(placed, { include: { user: true } }))).toMatchObject({
      code: 'CROSS_DATABASE_RELATION',
      message: expect.stringContaining("'session' on 'sessions' to 'user' on 'main'"),
    });
  });

  it('is not what a field of the same name is that holds a value here', () => {
    const known = new Map([
      ['main', shapes({ tag: 'id owner:user', user: 'id tags:tag' })],
      ['other', shapes({ tag: 'id owner' })],
    ]);
    const models = new Map([
      ['tag', ['main', 'other']],
      ['user', ['main']],
    ]);
    const chain = createRouterChain({ routers: [], aliases: ['main', 'other'], default: 'main', models });
    const check = createRelationCheck({ shapes: known, chain, guards: [] });
    expect(
      check.arguments(operation('tag', { alias: 'other' }), { where: { owner: { path: ['id'] } } }),
    ).toBeUndefined();
    expect([check.needed('other', 'tag'), check.needed('main', 'user')]).toEqual([false, true]);
  });

  it('is refused when it is called on the promise', async () => {
    const check = checkWith([moved]);
    expect(await errorOf(() => check.fluent(operation('user', { operation: 'findUnique' }), 'sessions'))).toMatchObject(
      {
        code: 'CROSS_DATABASE_RELATION',
      },
    );
    expect(check.fluent(operation('user', { operation: 'findUnique' }), 'orders')).toBe('order');
  });

  it('is not refused where the alias was named', () => {
    const check = checkWith([moved]);
    expect(check.arguments(operation('user', { named: true }), { include: { sessions: true } })).toBeUndefined();
  });
});

describe('the routers are asked about the joined model', () => {
  it.each<[what: string, change: Partial<PlacedOperation>, args: object, asked: string]>([
    ['as a read for a read', {}, { include: { sessions: true } }, 'read'],
    [
      'as a write for a nested write',
      { kind: 'write', routedAs: 'write' },
      { data: { sessions: { create: {} } } },
      'write',
    ],
    [
      'as a write for what a write returns',
      { kind: 'write', routedAs: 'write' },
      { include: { sessions: true } },
      'write',
    ],
    ['as a write for a read in a transaction', { routedAs: 'write' }, { include: { sessions: true } }, 'write'],
  ])('%s', (_what, change, args, asked) => {
    const seen: string[] = [];
    const note = (kind: string) => (): string => {
      seen.push(kind);
      return 'main';
    };
    const router: Router = { routes: [], dbForRead: note('read'), dbForWrite: note('write') };
    checkWith([router]).arguments(operation('user', change), args);
    expect(seen).toEqual([asked]);
  });

  it("with the operation's hints and the alias that it goes to", () => {
    const seen: Hints[] = [];
    const router: Router = { routes: [], dbForRead: (_model, hints) => (seen.push(hints), hints.joinedTo) };
    checkWith([router]).arguments(operation('user', { alias: 'replica', hints: { tenant: 1 } }), {
      include: { orders: true },
    });
    expect(seen).toEqual([{ tenant: 1, joinedTo: 'replica' }]);
  });
});

describe('allowRelation', () => {
  const forbids: Router = {
    name: 'strict',
    allowRelation: (a, b) => (a === 'order' && b === 'line' ? false : undefined),
  };

  it('forbids what one database could join', async () => {
    const check = checkWith([forbids]);
    expect(
      await errorOf(() => check.arguments(operation('user'), { include: { orders: { include: { lines: true } } } })),
    ).toEqual({
      code: 'RELATION_NOT_ALLOWED',
      message: "Router 'strict' does not allow 'order', 'line' to be used in one operation (order.lines).",
    });
    expect(check.arguments(operation('user'), { include: { orders: true } })).toBeUndefined();
  });

  it('cannot allow what no database could join', async () => {
    const check = checkWith([{ allowRelation: () => true }, moved]);
    const { code } = await errorOf(() => check.arguments(operation('user'), { include: { sessions: true } }));
    expect(code).toBe('CROSS_DATABASE_RELATION');
  });
});

describe('a guard is asked about the joined model', () => {
  it.each<[what: string, change: Partial<PlacedOperation>, args: object, asked: object]>([
    [
      'when it is read',
      {},
      { include: { sessions: true } },
      { model: 'session', kind: 'read', operation: 'findMany', alias: 'main' },
    ],
    [
      'when it is written',
      { kind: 'write', operation: 'update' },
      { data: { sessions: { deleteMany: {} } } },
      { model: 'session', kind: 'write', operation: 'update', alias: 'main' },
    ],
    [
      'when it filters a write',
      { kind: 'write', operation: 'update' },
      { where: { sessions: { some: {} } } },
      { model: 'session', kind: 'read', operation: 'update', alias: 'main' },
    ],
    [
      'when the alias was named',
      { named: true },
      { include: { sessions: true } },
      { model: 'session', kind: 'read', operation: 'findMany', alias: 'main' },
    ],
  ])('%s', async (_what, change, args, asked) => {
    const seen: GuardedOperation[] = [];
    const check = checkWith([], [{ check: (it) => (seen.push(it), { code: 'MODEL_MOVING', message: 'it moves' }) }]);
    const error = await errorOf(() => check.arguments(operation('user', change), args));
    expect(error).toEqual({ code: 'MODEL_MOVING', message: 'it moves' });
    expect(seen).toEqual([{ ...asked, hints: {} }]);
  });
});
