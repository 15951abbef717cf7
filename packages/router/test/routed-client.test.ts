import {
  byModel,
  createRoutedClient,
  type ClientsByAlias,
  type Guard,
  type GuardedOperation,
} from '@switchyard/router';
import { errorOf } from './support/error-of.ts';
import { openClients, type TestClients } from './support/open-clients.ts';
import { order, product, seed } from './support/shop.ts';

let clients: TestClients;
let sent: () => number;
let close: () => Promise<void>;
beforeAll(async () => ({ clients, sent, close } = await openClients()));
beforeEach(() => seed(clients));
afterAll(() => close());

const routed = (...guards: readonly Guard[]) =>
  createRoutedClient({ clients, default: 'main', routers: [byModel({ user: 'other', session: 'sessions' })], guards });
type Db = ReturnType<typeof routed>;

const line = { name: 'x', quantity: 1, unitPriceCents: 1 };

/** Frozen in depth, but for operations, which are sent. */
function frozen<Value extends object>(value: Value): Value {
  const isPlain = (it: unknown): it is object =>
    Array.isArray(it) || Object.prototype.toString.call(it) === '[object Object]';
  for (const part of Object.values(value)) if (isPlain(part)) frozen(part);
  return Object.freeze(value);
}

describe('a routed client that cannot be meant is refused at once', () => {
  it.each<[what: string, options: () => object, code: string, words: string]>([
    [
      'an unknown default',
      () => ({ clients, default: 'mian' }),
      'UNKNOWN_ALIAS',
      "'mian' is not one of 'main', 'other', 'sessions'",
    ],
    ['no clients', () => ({ clients: {}, default: 'main' }), 'UNKNOWN_ALIAS', "'main'"],
    ['something else than a client', () => ({ clients: { main: {} }, default: 'main' }), 'INVALID_CLIENT', "'main'"],
    [
      'a client that is not there',
      () => ({ clients: { ...clients, late: undefined }, default: 'main' }),
      'INVALID_CLIENT',
      "'late'",
    ],
    [
      'a table with an unknown alias',
      () => ({ clients, default: 'main', routers: [byModel({ user: 'session' })] }),
      'UNKNOWN_ALIAS',
      "'session'",
    ],
    [
      'a table with an unknown model',
      () => ({ clients, default: 'main', routers: [byModel({ sesion: 'sessions' })] }),
      'UNKNOWN_MODEL',
      "'sesion'",
    ],
    [
      'a table with a model as it is in the schema',
      () => ({ clients, default: 'main', routers: [byModel({ Session: 'sessions' })] }),
      'UNKNOWN_MODEL',
      "'Session'",
    ],
    [
      'a table with a model that the database lacks',
      () => ({ clients, default: 'main', routers: [byModel({ product: 'sessions' })] }),
      'MODEL_NOT_IN_DATABASE',
      "'main', 'other' has",
    ],
    [
      'a router with a misspelt method',
      () => ({ clients, default: 'main', routers: [{ dbForwrite: () => 'main' }] }),
      'INVALID_ROUTER',
      "'dbForwrite'",
    ],
    [
      'an option that nobody reads',
      () => ({ clients, default: 'main', router: [byModel({ session: 'sessions' })] }),
      'INVALID_OPTION',
      "'router'",
    ],
    [
      'a router that is in no list',
      () => ({ clients, default: 'main', routers: byModel({}) }),
      'INVALID_OPTION',
      'routers',
    ],
    ['a guard that is in no list', () => ({ clients, default: 'main', guards: {} }), 'INVALID_OPTION', 'guards'],
    [
      'a guard that cannot be asked',
      () => ({ clients, default: 'main', guards: [{ name: 'x' }] }),
      'INVALID_OPTION',
      'Guard 1',
    ],
  ])('%s', async (_what, options, code, words) => {
    const error = await errorOf(() => createRoutedClient(options() as { clients: ClientsByAlias; default: string }));
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('and one client of it cannot be extended by itself, which would escape the routing', () => {
    expect((routed().$using('main') as Partial<TestClients['main']>).$extends).toBeUndefined();
  });

  it('and an alias that is not known at run time, by $using', async () => {
    expect(await errorOf(() => routed().$using('nowhere' as 'main'))).toMatchObject({ code: 'UNKNOWN_ALIAS' });
  });
});

describe('an operation', () => {
  it('is not sent before it is awaited', async () => {
    const before = sent();
    const operation = routed().product.findMany();
    expect(sent()).toBe(before);
    await operation;
    expect(sent()).toBe(before + 1);
  });

  it('is sent once, however often it is awaited', async () => {
    const db = routed();
    const operation = db.product.create({ data: product('2') });
    const [one, two] = await Promise.all([operation, operation]);
    expect(await operation).toBe(one);
    expect(two).toBe(one);
    expect(await clients.main.product.count()).toBe(2);
  });

  it.each<[what: string, act: (db: Db) => PromiseLike<unknown>]>([
    ['a read', (db) => db.product.findMany({ where: { slug: '1' } })],
    ['a write', (db) => db.product.createMany({ data: [product('2')] })],
    ['raw SQL', (db) => db.$queryRaw`select 1`],
    [
      'several reads of one row, called together',
      (db) => Promise.all(['1', '2', '3'].map((slug) => db.product.findUnique({ where: { slug } }))),
    ],
  ])('is one round trip, as without routing: %s', async (_what, act) => {
    const before = sent();
    await act(routed());
    expect(sent()).toBe(before + 1);
  });

  it('has the methods of a promise', async () => {
    const db = routed();
    const settled: string[] = [];
    await db.product.count().finally(() => settled.push('finally'));
    const failed = await db.product
      .findUniqueOrThrow({ where: { id: -1 } })
      .catch((error: { code: string }) => error.code);
    const chained = await db.product.count().then((count) => count + 1);
    expect([settled, failed, chained, Object.prototype.toString.call(db.product.count())]).toEqual([
      ['finally'],
      'P2025',
      2,
      '[object PrismaPromise]',
    ]);
  });

  it("passes on Prisma's errors as they are", async () => {
    const own = await clients.main.product.create({ data: product('1') }).catch((error: Error) => error);
    const passed = await routed()
      .product.create({ data: product('1') })
      .catch((error: Error) => error);
    expect(passed).toMatchObject({ name: (own as Error).name, code: 'P2002', constructor: (own as Error).constructor });
  });

  it('leaves its arguments, hints and options as they are: they may be frozen', async () => {
    const db = routed({ check: () => undefined });
    const data = frozen({
      data: { ...order('o'), lines: { create: [{ ...line, product: { connect: { slug: '1' } } }] } },
    });
    const query = frozen({ where: { checkoutKey: 'o' }, include: { lines: { where: { quantity: 1 } } } });
    const options = frozen({ for: ['order'] as const, timeout: 5_000 });
    const created = await db.$hint(frozen({ tenant: 1 })).$transaction(async (tx) => {
      await tx.order.create(data);
      return tx.order.findUnique(query);
    }, options);
    expect(created).toMatchObject({ checkoutKey: 'o', lines: [{ quantity: 1 }] });
    const [again] = await db.$transaction(frozen([db.order.findUnique(query)]));
    expect(again).toEqual(created);
  });

  it('rejects where it cannot be routed, and throws nothing when it is called', async () => {
    const db = createRoutedClient({
      clients,
      default: 'main',
      routers: [
        {
          dbForRead: () => {
            throw new RangeError('no');
          },
        },
      ],
    });
    const operation = db.product.count();
    await expect(operation).rejects.toThrow(RangeError);
  });

  it('on a field of the same row can be compared', async () => {
    const db = routed();
    expect(await db.product.count({ where: { slug: { equals: db.product.fields.name } } })).toBe(0);
    expect(
      await db.$using('main').product.count({ where: { name: { not: { equals: db.product.fields.slug } } } }),
    ).toBe(1);
  });
});

describe('a call on the promise', () => {
  it('follows relations, one after another, in one operation', async () => {
    const db = createRoutedClient({ clients, default: 'main' });
    await clients.main.order.create({
      data: {
        ...order('o'),
        user: { connect: { email: '1@example.com' } },
        lines: { create: { name: 'x', quantity: 1, unitPriceCents: 1, productId: 1 } },
      },
    });
    const readLines = (client: Pick<Db, 'order'>) =>
      client.order.findUnique({ where: { checkoutKey: 'o' } }).lines({ select: { name: true } });
    const before = sent();
    expect(await readLines(clients.main)).toEqual([{ name: 'x' }]);
    const own = sent() - before;
    expect(await readLines(db)).toEqual([{ name: 'x' }]);
    expect(sent() - before).toBe(2 * own);
    expect(
      await db.order
        .findUniqueOrThrow({ where: { checkoutKey: 'o' } })
        .user()
        .orders(),
    ).toMatchObject([{ checkoutKey: 'o' }]);
    expect(await db.order.update({ where: { checkoutKey: 'o' }, data: { name: 'new' } }).user()).toMatchObject({
      name: 'main',
    });
  });
});

describe('raw SQL', () => {
  const SQL = 'select name from product where slug = $1';
  it.each<[what: string, run: (db: Db) => PromiseLike<unknown>, found: unknown]>([
    ['goes to the default', (db) => db.$queryRaw`select name from product`, [{ name: 'main' }]],
    ['goes where it is sent', (db) => db.$using('other').$queryRaw`select name from product`, [{ name: 'other' }]],
    ['takes values', (db) => db.$using('other').$queryRawUnsafe(SQL, '1'), [{ name: 'other' }]],
    ['changes rows', (db) => db.$using('other').$executeRaw`update product set name = 'new'`, 1],
    ['changes rows with values', (db) => db.$executeRawUnsafe('update product set name = $1', 'new'), 1],
  ])('%s', async (_what, run, found) => {
    expect(await run(routed())).toEqual(found);
  });
});

describe('a guard', () => {
  const asked: GuardedOperation[] = [];
  const moving: Guard = {
    check: (operation) => {
      asked.push(operation);
      const refused = operation.model === 'session' && operation.kind === 'write';
      return refused
        ? { code: 'MODEL_MOVING', message: 'Sessions are being moved: use the session store.' }
        : undefined;
    },
  };
  beforeEach(() => void (asked.length = 0));

  it.each<[what: string, act: (db: Db) => PromiseLike<unknown>]>([
    ['an operation', (db) => db.session.deleteMany()],
    ['an operation on a named database', (db) => db.$using('main').session.deleteMany()],
    ['an operation in a transaction', (db) => db.$transaction((tx) => tx.session.deleteMany(), { for: ['session'] })],
    ['an operation in a batch', (db) => db.$transaction([db.session.count(), db.session.deleteMany()])],
  ])('refuses %s', async (_what, act) => {
    expect(await errorOf(() => act(routed(moving)))).toEqual({
      code: 'MODEL_MOVING',
      message: 'Sessions are being moved: use the session store.',
    });
  });

  it('lets pass what it does not refuse', async () => {
    const db = routed(moving);
    expect([await db.session.count(), await db.product.count()]).toEqual([0, 1]);
  });

  it('is told the model, kind, operation, alias and hints', async () => {
    await routed(moving).$hint({ tenant: 1 }).session.findMany();
    expect(asked).toEqual([
      { model: 'session', kind: 'read', operation: 'findMany', alias: 'sessions', hints: { tenant: 1 } },
    ]);
  });

  it('is asked about the models that an operation joins or writes', async () => {
    await routed(moving).order.findMany({ include: { lines: { include: { product: true } } } });
    expect(asked.map(({ model, kind }) => `${model} ${kind}`)).toEqual([
      'order read',
      'orderLine read',
      'product read',
    ]);
  });

  it('is asked in order, up to the first that refuses', async () => {
    const no: Guard = { check: () => ({ code: 'OPERATION_REFUSED', message: 'no' }) };
    expect(await errorOf(() => routed(no, moving).product.count())).toEqual({
      code: 'OPERATION_REFUSED',
      message: 'no',
    });
    expect(asked).toEqual([]);
  });
});

describe('an explanation', () => {
  it('says where an operation would go, and why', () => {
    expect(routed().$route('session', 'read', { tenant: 1 })).toEqual({
      model: 'session',
      kind: 'read',
      alias: 'sessions',
      by: 'router',
      router: 'by-model',
      asked: [{ router: 'by-model', alias: 'sessions' }],
      hints: { tenant: 1 },
    });
    expect(routed().$route('product', 'write')).toMatchObject({ alias: 'main', by: 'default' });
    expect(routed().$route('sessionMoveCursor', 'write').alias).toBe(
      routed().$route('sessionMoveCursor', 'read').alias,
    );
  });

  it('is of a read or of a write', async () => {
    expect(await errorOf(() => routed().$route('session', 'update' as 'write'))).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining("not 'update'"),
    });
  });
});
