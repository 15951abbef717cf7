import type { OperationKind } from '@switchyard/router';
import { walkRelations } from '../src/relation-walk.ts';

const RELATIONS = new Map([
  [
    'order',
    new Map([
      ['user', 'user'],
      ['lines', 'orderLine'],
    ]),
  ],
  [
    'orderLine',
    new Map([
      ['order', 'order'],
      ['product', 'product'],
    ]),
  ],
  ['user', new Map([['orders', 'order']])],
  // A model whose scalar fields are called like the arguments of operations: data, where, select, update.
  ['product', new Map([['lines', 'orderLine']])],
]);

/** What was found, as `order.lines` for a read and `order.lines!` for a write. */
function found(model: string, args: unknown, kind: OperationKind): string[] {
  const uses: string[] = [];
  walkRelations(
    model,
    args,
    kind,
    (name) => RELATIONS.get(name),
    (use) => {
      uses.push(`${use.model}.${use.field}${use.access === 'write' ? '!' : ''}`);
    },
  );
  return uses;
}

type Case = [what: string, model: string, args: unknown, uses: readonly string[]];

describe('a read uses the relations of', () => {
  it.each<Case>([
    ['nothing', 'order', undefined, []],
    ['scalar fields', 'order', { where: { id: 1, OR: [{ email: 'a' }] }, select: { id: true }, take: 5 }, []],
    [
      'a key of several fields, whatever they are called',
      'order',
      { where: { user_lines: { user: { id: 1 }, lines: 1 } }, cursor: { user_lines: { user: 1 } } },
      [],
    ],
    [
      'an object that has them from another one, which Prisma looks into as well',
      'order',
      Object.create({ where: Object.create({ user: Object.create({ is: { orders: { some: {} } } }) }) }),
      ['order.user', 'user.orders'],
    ],
    ['an include', 'order', { include: { lines: true } }, ['order.lines']],
    ['a select', 'order', { select: { id: true, user: true } }, ['order.user']],
    ['an include that says false', 'order', { include: { lines: false, user: undefined } }, []],
    ['an include with arguments', 'order', { include: { lines: { where: { id: 1 }, take: 2 } } }, ['order.lines']],
    [
      'an include in an include',
      'user',
      { include: { orders: { include: { lines: { select: { product: true } } } } } },
      ['user.orders', 'order.lines', 'orderLine.product'],
    ],
    [
      'a filter in an include',
      'user',
      { include: { orders: { where: { lines: { some: { id: 1 } } } } } },
      ['user.orders', 'order.lines'],
    ],
    [
      'an ordering in an include',
      'user',
      { include: { orders: { orderBy: { lines: { _count: 'asc' } } } } },
      ['user.orders', 'order.lines'],
    ],
    ['a count of all', 'user', { include: { _count: true } }, ['user.orders']],
    ['a count of one', 'order', { select: { _count: { select: { lines: true } } } }, ['order.lines']],
    [
      'a filter in a count',
      'order',
      { include: { _count: { select: { lines: { where: { product: { id: 1 } } } } } } },
      ['order.lines', 'orderLine.product'],
    ],
    ['some', 'order', { where: { lines: { some: { quantity: 1 } } } }, ['order.lines']],
    [
      'every, none',
      'order',
      { where: { lines: { every: { product: { id: 1 } }, none: {} } } },
      ['order.lines', 'orderLine.product'],
    ],
    ['is', 'order', { where: { user: { is: { orders: { some: {} } } } } }, ['order.user', 'user.orders']],
    ['isNot', 'order', { where: { user: { isNot: null } } }, ['order.user']],
    ['a filter on one related row', 'order', { where: { user: { email: 'a' } } }, ['order.user']],
    ['a filter for no related row', 'order', { where: { user: null } }, ['order.user']],
    [
      'AND, OR and NOT, as object and as list',
      'order',
      { where: { AND: { user: { id: 1 } }, OR: [{ lines: { some: {} } }], NOT: [{ NOT: { user: null } }] } },
      ['order.user', 'order.lines', 'order.user'],
    ],
    [
      'an ordering by a related field',
      'order',
      { orderBy: [{ id: 'asc' }, { user: { email: 'asc' } }] },
      ['order.user'],
    ],
    ['a cursor', 'order', { cursor: { user: { id: 1 } } }, ['order.user']],
    ['a filter on groups', 'order', { by: ['userId'], having: { user: { id: 1 } } }, ['order.user']],
    ['no data, which a read has none of', 'order', { data: { lines: { create: {} } } }, []],
  ])('%s', (_what, model, args, uses) => {
    expect(found(model, args, 'read')).toEqual(uses);
  });
});

describe('a write uses the relations of', () => {
  it.each<Case>([
    ['scalar fields', 'order', { data: { email: 'a', userId: 1 } }, []],
    ['create', 'order', { data: { lines: { create: { quantity: 1 } } } }, ['order.lines!']],
    [
      'create in create',
      'user',
      { data: { orders: { create: [{ lines: { create: { product: { connect: { id: 1 } } } } }] } } },
      ['user.orders!', 'order.lines!', 'orderLine.product!'],
    ],
    ['many rows', 'user', { data: [{ name: 'a' }, { orders: { connect: { id: 1 } } }] }, ['user.orders!']],
    ['connect', 'order', { data: { user: { connect: { id: 1 } } } }, ['order.user!']],
    [
      'connect with a filter',
      'order',
      { data: { user: { connect: { id: 1, orders: { none: {} } } } } },
      ['order.user!', 'user.orders'],
    ],
    [
      'connectOrCreate',
      'order',
      { data: { user: { connectOrCreate: { where: { id: 1 }, create: { orders: { create: {} } } } } } },
      ['order.user!', 'user.orders!'],
    ],
    [
      'disconnect, as true and as a filter',
      'order',
      { data: { user: { disconnect: true }, lines: { disconnect: [{ id: 1 }] } } },
      ['order.user!', 'order.lines!'],
    ],
    ['set', 'order', { data: { lines: { set: [] } } }, ['order.lines!']],
    [
      'delete and deleteMany',
      'order',
      { data: { lines: { delete: { id: 1 }, deleteMany: [{ product: { id: 1 } }] } } },
      ['order.lines!', 'orderLine.product'],
    ],
    ['createMany', 'order', { data: { lines: { createMany: { data: [{ quantity: 1 }] } } } }, ['order.lines!']],
    [
      'updateMany',
      'order',
      { data: { lines: { updateMany: { where: { product: { id: 1 } }, data: { quantity: 1 } } } } },
      ['order.lines!', 'orderLine.product'],
    ],
    [
      'update of a list',
      'order',
      { data: { lines: { update: { where: { id: 1 }, data: { product: { update: { name: 'a' } } } } } } },
      ['order.lines!', 'orderLine.product!'],
    ],
    [
      'update of one row',
      'order',
      { data: { user: { update: { orders: { deleteMany: {} } } } } },
      ['order.user!', 'user.orders!'],
    ],
    [
      'update of one row with a filter',
      'order',
      { data: { user: { update: { where: { orders: { some: {} } }, data: { name: 'a' } } } } },
      ['order.user!', 'user.orders'],
    ],
    [
      'upsert of a list',
      'order',
      {
        data: {
          lines: {
            upsert: {
              where: { id: 1 },
              create: { product: { create: {} } },
              update: { product: { disconnect: true } },
            },
          },
        },
      },
      ['order.lines!', 'orderLine.product!', 'orderLine.product!'],
    ],
    [
      'an upsert itself',
      'order',
      { where: { id: 1, user: { id: 1 } }, create: { lines: { create: {} } }, update: { user: { delete: true } } },
      ['order.user', 'order.lines!', 'order.user!'],
    ],
    ['what comes back', 'order', { data: { email: 'a' }, include: { lines: true } }, ['order.lines']],
    ['its filter', 'order', { where: { lines: { some: {} } }, data: { email: 'a' } }, ['order.lines']],
    ['undefined, which is nothing', 'order', { data: { user: undefined, lines: undefined } }, []],
  ])('%s', (_what, model, args, uses) => {
    expect(found(model, args, 'write')).toEqual(uses);
  });
});

describe('what only looks like a relation is not one', () => {
  it.each<[what: string, kind: OperationKind, model: string, args: unknown]>([
    [
      'JSON in a scalar field when writing',
      'write',
      'order',
      { data: { payload: { lines: { create: {} }, user: { connect: {} } } } },
    ],
    ['JSON in a filter', 'read', 'order', { where: { payload: { equals: { lines: { some: {} } } } } }],
    ['a scalar field called data', 'write', 'product', { data: { data: { lines: { create: {} } } } }],
    [
      'scalar fields called where, select and create',
      'write',
      'product',
      { data: { where: { lines: 1 }, select: { lines: true }, create: { lines: {} } } },
    ],
    ['a scalar field called is', 'read', 'product', { where: { is: { lines: { some: {} } } } }],
    ['a relation of another model', 'read', 'user', { include: { lines: true } }],
    ['the arguments of a model without relations', 'read', 'session', { include: { lines: true } }],
  ])('%s', (_what, kind, model, args) => {
    expect(found(model, args, kind)).toEqual([]);
  });
});

it('finds every relation of an argument tree of any depth', () => {
  let args: object = { where: { lines: { some: {} } } };
  for (let depth = 0; depth < 50; depth++) args = { include: { user: { include: { orders: args } } } };
  expect(found('order', args, 'read')).toHaveLength(101);
});
