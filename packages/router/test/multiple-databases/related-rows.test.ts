import {
  byModel,
  createRoutedClient,
  primaryReplica,
  type AliasOf,
  type ModelOf,
  type Router,
} from '@switchyard/router';
import { errorOf } from '../support/error-of.ts';
import { openClients, type TestClients } from '../support/open-clients.ts';
import { order, product, products, seed, user } from '../support/shop.ts';

let clients: TestClients;
let sent: () => number;
let close: () => Promise<void>;
beforeAll(async () => ({ clients, sent, close } = await openClients()));
beforeEach(() => seed(clients));
afterAll(() => close());

const routed = (...routers: readonly Router<AliasOf<TestClients>, ModelOf<TestClients>>[]) =>
  createRoutedClient({ clients, default: 'main', routers });

describe('rows of one database are not in the other', () => {
  it.each([
    ['created by default', 'main', 'other'],
    ['created in the other database', 'other', 'main'],
  ] as const)('%s', async (_what, here, there) => {
    const db = routed();
    await db.$using(here).product.create({ data: product('2') });
    const where = { slug: '2' };
    expect(await db.$using(here).product.findUnique({ where })).toMatchObject(where);
    expect(await db.$using(there).product.findUnique({ where })).toBeNull();
    expect(await db.product.count()).toBe(here === 'main' ? 2 : 1);
  });

  it.each<[what: string, find: (db: Pick<TestClients['main'], 'product' | '$queryRaw'>) => Promise<number>]>([
    ['an equality', (db) => db.product.count({ where: { name: 'new' } })],
    ['a pattern without case', (db) => db.product.count({ where: { name: { contains: 'NE', mode: 'insensitive' } } })],
    ['a range', (db) => db.product.count({ where: { priceCents: { gte: 500 } } })],
    [
      'groups',
      async (db) => (await db.product.groupBy({ by: ['name'], having: { priceCents: { _sum: { gte: 500 } } } })).length,
    ],
    [
      'raw SQL',
      async (db) => (await db.$queryRaw<{ slug: string }[]>`select slug from product where name = 'new'`).length,
    ],
  ])('found by %s', async (_what, find) => {
    const db = routed();
    await db.$using('other').product.create({ data: product('2', { name: 'new', priceCents: 500 }) });
    expect([await find(db.$using('other')), await find(db.$using('main'))]).toEqual([1, 0]);
  });

  it('related within it', async () => {
    const db = routed();
    const { id } = await db.$using('other').order.create({ data: { ...order('o'), user: { create: user('2') } } });
    expect(await db.$using('other').user.findMany({ where: { orders: { some: { id } } } })).toHaveLength(1);
    expect(await db.user.findMany({ where: { orders: { some: { id } } } })).toEqual([]);
    expect([await clients.main.order.count(), await clients.other.order.count()]).toEqual([0, 1]);
  });

  it('deleted with what depends on them', async () => {
    const db = routed();
    const other = db.$using('other');
    await other.order.create({
      data: {
        ...order('o'),
        lines: { create: { name: 'x', quantity: 1, unitPriceCents: 1, product: { connect: { slug: '1' } } } },
      },
    });
    await other.order.update({ where: { checkoutKey: 'o' }, data: { lines: { deleteMany: {} } } });
    expect([await other.orderLine.count(), await clients.other.order.count()]).toEqual([0, 1]);
    await other.order.delete({ where: { checkoutKey: 'o' } });
    expect(await clients.other.order.count()).toBe(0);
    expect(await clients.main.product.count()).toBe(1);
  });

  it('listed by each database with its own', async () => {
    await routed()
      .$using('other')
      .product.create({ data: product('2') });
    expect(await products(clients)).toEqual({ main: '1:main', other: '1:other 2:2' });
  });
});

type Db = ReturnType<typeof routed>;

describe('a row remembers where it came from', () => {
  it.each<[what: string, rows: (db: Db) => Promise<unknown>]>([
    ['found', (db) => db.$using('other').product.findFirst()],
    ['found in a list', (db) => db.$using('other').product.findMany()],
    ['created', (db) => db.$using('other').product.create({ data: product('2') })],
    [
      'created with others',
      (db) => db.$using('other').product.createManyAndReturn({ data: [product('2'), product('3')] }),
    ],
    ['updated', (db) => db.$using('other').product.update({ where: { slug: '1' }, data: { name: 'new' } })],
    ['updated with others', (db) => db.$using('other').product.updateManyAndReturn({ data: { name: 'new' } })],
    ['upserted', (db) => db.$using('other').product.upsert({ where: { slug: '1' }, create: product('1'), update: {} })],
    ['deleted', (db) => db.$using('other').product.delete({ where: { slug: '1' } })],
    ['selected in part', (db) => db.$using('other').product.findFirst({ select: { name: true } })],
    ['found in a transaction', (db) => db.$using('other').$transaction((tx) => tx.product.findMany())],
    ['found in a batch', (db) => db.$using('other').$transaction([db.$using('other').product.findMany()])],
  ])('%s', async (_what, find) => {
    const db = routed();
    const rows = [await find(db)].flat(2) as object[];
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(db.$origin(row)).toBe('other');
  });

  it('together with the rows that it includes', async () => {
    const db = routed();
    const other = db.$using('other');
    await other.order.create({ data: { ...order('o'), user: { create: user('2') } } });
    const found = await other.user.findUniqueOrThrow({ where: { email: '2@example.com' }, include: { orders: true } });
    expect(found.orders.map((row) => db.$origin(row))).toEqual(['other']);
  });

  it('together with the rows below a call on the promise', async () => {
    const db = routed();
    const other = db.$using('other');
    const lines = { create: { name: 'x', quantity: 1, unitPriceCents: 1, product: { connect: { slug: '1' } } } };
    await other.order.create({ data: { ...order('o'), lines } });
    const [line] = await other.order
      .findUniqueOrThrow({ where: { checkoutKey: 'o' } })
      .lines({ include: { product: true } });
    expect([line, line?.product].map((row) => db.$origin(row ?? {}))).toEqual(['other', 'other']);
  });

  it('without a field for it', async () => {
    const [row] = await routed().product.findMany();
    expect(Reflect.ownKeys(row ?? {})).toEqual(Reflect.ownKeys((await clients.main.product.findFirst()) ?? {}));
  });

  it.each([
    ['even one that was returned before', (row: object) => row],
    ['even one that was returned before and is frozen', Object.freeze],
  ])('%s', async (_what, finish) => {
    const kept = new Map<string, object>();
    const db = routed().$extends({
      query: {
        $allOperations: async ({ args, query }) => {
          const found = finish((await query(args)) as object) as { slug: string };
          return kept.get(found.slug) ?? (kept.set(found.slug, found), found);
        },
      },
    });
    const first = await db.product.findFirstOrThrow();
    expect(db.$origin(first)).toBe('main');
    const again = await db.$using('other').product.findFirstOrThrow();
    expect([again === first, db.$origin(first)]).toEqual([true, 'other']);
  });

  it('for the client that returned it, not for another', async () => {
    const [db, another] = [routed(), routed()];
    const row = await db.product.findFirstOrThrow();
    expect([db.$origin(row), another.$origin(row)]).toEqual(['main', undefined]);
  });

  it('and a copy of it does not', async () => {
    const db = routed();
    const row = await db.product.findFirstOrThrow();
    const copies = [{ ...row }, structuredClone(row), Object.create(row) as object, {}];
    expect([db.$origin(row), ...copies.map((copy) => db.$origin(copy))]).toEqual([
      'main',
      ...copies.map(() => undefined),
    ]);
    expect(await errorOf(() => db.$from({ ...row }))).toMatchObject({ code: 'UNKNOWN_ORIGIN' });
  });

  it.each([undefined, null, 5, 'row', {}])('and %p is no row', (row) => {
    const db = routed();
    expect(db.$origin(row as object)).toBeUndefined();
    expect(db.$route('product', 'read', { instance: row as object })).toMatchObject({ alias: 'main', by: 'default' });
  });

  it('and its database says which models it does not have', async () => {
    const db = createRoutedClient({ clients, default: 'main', routers: [byModel({ session: 'sessions' })] });
    const row = await db.session.create({ data: { sessionKey: 'k', data: '{}', expiresAt: new Date() } });
    expect(await db.$from(row).session.count()).toBe(1);
    expect(await errorOf(() => db.$from(row).product)).toEqual({
      code: 'MODEL_NOT_IN_DATABASE',
      message: "The database 'sessions' has no model 'product'.",
    });
    await clients.sessions.session.deleteMany();
  });

  it('so that it can be read again from there, over the routers', async () => {
    const db = routed({ dbForRead: () => 'main' });
    const { slug } = await db.$using('other').product.findFirstOrThrow();
    const row = await db.$using('other').product.findUniqueOrThrow({ where: { slug } });
    await clients.other.product.update({ where: { slug }, data: { name: 'changed' } });
    expect(await db.$from(row).product.findUnique({ where: { slug } })).toMatchObject({ name: 'changed' });
  });

  it('until it is saved elsewhere, where the saved row is of', async () => {
    const db = routed();
    const row = await db.$using('other').product.create({ data: product('2') });
    const saved = await db.$using('main').product.create({ data: row });
    expect([db.$origin(row), db.$origin(saved)]).toEqual(['other', 'main']);
    expect(await products(clients)).toEqual({ main: '1:main 2:2', other: '1:other 2:2' });
  });

  it('and a write through it goes where writes go, not back to the replica that it was read from', async () => {
    const db = routed(primaryReplica({ primary: 'main', replicas: ['other'] }));
    const row = await db.product.findFirstOrThrow();
    const saved = await db
      .$hint({ instance: row })
      .product.update({ where: { slug: row.slug }, data: { priceCents: 7 } });
    expect([db.$origin(row), db.$origin(saved)]).toEqual(['other', 'main']);
    expect(saved).toMatchObject({ name: 'main', priceCents: 7 });
  });
});

describe('what belongs to a row is read where the row is', () => {
  it.each<[what: string, read: (db: Db) => PromiseLike<unknown>]>([
    [
      'by an include',
      (db) => db.order.findUnique({ where: { checkoutKey: 'o' }, include: { user: true } }).then((it) => it?.user),
    ],
    [
      'by a select',
      (db) => db.order.findUnique({ where: { checkoutKey: 'o' }, select: { user: true } }).then((it) => it?.user),
    ],
    ['by a call on the promise', (db) => db.order.findUnique({ where: { checkoutKey: 'o' } }).user()],
    [
      'by two calls on the promise',
      (db) =>
        db.order
          .findUnique({ where: { checkoutKey: 'o' } })
          .user()
          .orders()
          .then(
            async (found) => found?.[0] && db.user.findFirst({ where: { orders: { some: { checkoutKey: 'o' } } } }),
          ),
    ],
    [
      'by the row as a hint',
      async (db) => db.$hint({ instance: await db.order.findFirstOrThrow() }).user.findFirst({ where: { name: '2' } }),
    ],
    ['by $from', async (db) => db.$from(await db.order.findFirstOrThrow()).user.findFirst({ where: { name: '2' } })],
  ])('%s', async (_what, read) => {
    await clients.other.order.create({ data: { ...order('o'), user: { create: user('2') } } });
    const db = routed(byModel({ order: 'other', user: 'other' }));
    const found = await read(db);
    expect(found).toMatchObject({ name: '2' });
    expect(db.$origin(found as object)).toBe('other');
  });
});

describe('an operation over two databases is refused before anything is sent', () => {
  const lines = { create: { name: 'x', quantity: 1, unitPriceCents: 1, productId: 1 } };
  it.each<[what: string, act: (db: Db) => PromiseLike<unknown>, words: string]>([
    ['include', (db) => db.user.findMany({ include: { orders: true } }), 'user.orders'],
    ['select', (db) => db.user.findMany({ select: { orders: true } }), 'user.orders'],
    ['a count', (db) => db.user.findMany({ include: { _count: { select: { orders: true } } } }), 'user.orders'],
    [
      'include in include',
      (db) => db.order.findMany({ include: { lines: { include: { order: { include: { user: true } } } } } }),
      'order.user',
    ],
    ['where', (db) => db.user.findMany({ where: { orders: { some: {} } } }), 'user.orders'],
    ['where of a count', (db) => db.user.count({ where: { orders: { none: {} } } }), 'user.orders'],
    [
      'where of an update',
      (db) => db.user.updateMany({ where: { orders: { some: {} } }, data: { name: 'new' } }),
      'user.orders',
    ],
    ['where of a delete', (db) => db.user.deleteMany({ where: { orders: { some: {} } } }), 'user.orders'],
    ['orderBy', (db) => db.user.findMany({ orderBy: { orders: { _count: 'asc' } } }), 'user.orders'],
    [
      'a nested create',
      (db) => db.user.create({ data: { ...user('2'), orders: { create: order('o') } } }),
      'user.orders',
    ],
    [
      'a nested connect',
      (db) => db.order.create({ data: { ...order('o'), user: { connect: { email: '1@example.com' } } } }),
      'order.user',
    ],
    [
      'a nested write in an update',
      (db) => db.user.update({ where: { email: '1@example.com' }, data: { orders: { deleteMany: {} } } }),
      'user.orders',
    ],
    [
      'a nested write in an upsert',
      (db) =>
        db.order.upsert({
          where: { checkoutKey: 'o' },
          create: { ...order('o'), user: { create: user('2') } },
          update: {},
        }),
      'order.user',
    ],
    [
      'what a write returns',
      (db) => db.user.update({ where: { email: '1@example.com' }, data: { name: 'new' }, include: { orders: true } }),
      'user.orders',
    ],
    [
      'a call on the promise',
      (db) => db.user.findUnique({ where: { email: '1@example.com' } }).orders(),
      'user.orders',
    ],
    [
      'an include below a call on the promise',
      (db) => db.orderLine.findUnique({ where: { id: 1 } }).order({ include: { user: true } }),
      'order.user',
    ],
    ['the same in a batch', (db) => db.$transaction([db.user.findMany({ include: { orders: true } })]), 'user.orders'],
  ])('%s', async (_what, act, words) => {
    await clients.other.order.create({ data: { ...order('here'), lines } });
    const db = routed(byModel({ order: 'other', orderLine: 'other' }));
    const before = sent();
    expect(await errorOf(() => act(db))).toMatchObject({
      code: 'CROSS_DATABASE_RELATION',
      message: expect.stringMatching(new RegExp(`^${words} leads from .* on '(main|other)' to .* on '(main|other)'`)),
    });
    expect(sent()).toBe(before);
  });

  it('but not in a transaction where both are written to its database', async () => {
    const db = routed({ dbForRead: (model) => (model === 'order' ? 'other' : 'main'), dbForWrite: () => 'main' });
    const readBoth = (client: Pick<TestClients['main'], 'user'>) => client.user.findMany({ include: { orders: true } });
    expect(await errorOf(() => readBoth(db))).toMatchObject({ code: 'CROSS_DATABASE_RELATION' });
    expect(await db.$transaction((tx) => readBoth(tx), { for: ['user'] })).toMatchObject([
      { name: 'main', orders: [] },
    ]);
    expect(await db.$transaction([readBoth(db) as ReturnType<TestClients['main']['user']['findMany']>])).toMatchObject([
      [{ name: 'main' }],
    ]);
  });

  it('in a transaction too, which goes on', async () => {
    const db = routed(byModel({ order: 'other', orderLine: 'other' }));
    const found = await db.$transaction(async (tx) => {
      const { code } = await errorOf(() => tx.user.findMany({ include: { orders: true } }));
      return [code, await tx.user.count()];
    });
    expect(found).toEqual(['CROSS_DATABASE_RELATION', 1]);
  });

  it('but one over databases that are copies of each other runs on the copy that it is sent to', async () => {
    const db = routed(primaryReplica({ primary: 'main', replicas: ['other'] }));
    await clients.other.order.create({ data: { ...order('o'), user: { connect: { email: '1@example.com' } } } });
    expect(await db.user.findMany({ include: { orders: { select: { checkoutKey: true } } } })).toMatchObject([
      { name: 'other', orders: [{ checkoutKey: 'o' }] },
    ]);
  });

  it('but one that names its database runs there', async () => {
    const db = routed(byModel({ order: 'other', orderLine: 'other' }));
    expect(await db.$using('main').user.findMany({ include: { orders: true } })).toMatchObject([
      { name: 'main', orders: [] },
    ]);
  });

  it('and one that a router forbids is refused on one database too', async () => {
    const db = routed({ name: 'strict', allowRelation: (a, b) => !(a === 'user' && b === 'order') });
    expect(await errorOf(() => db.user.findMany({ include: { orders: true } }))).toMatchObject({
      code: 'RELATION_NOT_ALLOWED',
    });
    expect(await db.order.findMany({ include: { user: true } })).toEqual([]);
  });
});
