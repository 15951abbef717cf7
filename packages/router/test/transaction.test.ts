import { setImmediate as nextTurn } from 'node:timers/promises';

import { byModel, createRoutedClient, type Router, type TransactionClient } from '@switchyard/router';
import { errorOf } from './support/error-of.ts';
import { openClients, type TestClients } from './support/open-clients.ts';
import { order, product, products, seed, user } from './support/shop.ts';

let clients: TestClients;
let close: () => Promise<void>;
beforeAll(async () => ({ clients, close } = await openClients()));
beforeEach(() => seed(clients));
afterAll(() => close());

/** Users and their orders are in the other database; sessions' reads go to one that their writes do not go to. */
const routed = (...more: readonly Router<'main' | 'other', never>[]) =>
  createRoutedClient({
    clients,
    default: 'main',
    routers: [...more, byModel({ user: 'other', order: 'other' }), byModel({ sessionLease: 'sessions' })],
  });
type Db = ReturnType<typeof routed>;

const stop = new Error('stop');
const rollback = (): never => {
  throw stop;
};

describe('a transaction is on the database', () => {
  it.each<[what: string, run: (db: Db) => Promise<unknown>, alias: string]>([
    ["of the model's writes", (db) => db.$transaction((tx) => whereIs(tx), { for: ['user'] }), 'other'],
    ["of all the models' writes", (db) => db.$transaction((tx) => whereIs(tx), { for: ['user', 'order'] }), 'other'],
    ['that is the default', (db) => db.$transaction((tx) => whereIs(tx)), 'main'],
    ['that is the default, for no models', (db) => db.$transaction((tx) => whereIs(tx), { for: [] }), 'main'],
    ['that is named', (db) => db.$using('other').$transaction((tx) => whereIs(tx)), 'other'],
    [
      'of the transaction around it',
      (db) => db.$transaction((tx) => tx.$transaction((inner) => whereIs(inner)), { for: ['user'] }),
      'other',
    ],
    [
      'that the operations of a batch go to',
      async (db) => (await db.$transaction([db.user.findFirst({ select: { name: true } })]))[0]?.name,
      'other',
    ],
    [
      'that a batch is for',
      async (db) => (await db.$transaction([db.product.findFirst()], { for: ['product'] }))[0]?.name,
      'main',
    ],
  ])('%s', async (_what, run, alias) => {
    expect(await run(routed())).toBe(alias);
  });

  async function whereIs(tx: Pick<TestClients['main'], '$queryRaw'>): Promise<unknown> {
    const [row] = await tx.$queryRaw<{ name: string }[]>`select name from product`;
    return row?.name;
  }
});

describe('a transaction keeps or undoes everything together', () => {
  it.each<[what: string, run: (db: Db, end: () => void) => Promise<unknown>]>([
    [
      'on its own client',
      (db, end) =>
        db.$transaction(async (tx) => {
          await tx.product.create({ data: product('2') });
          end();
        }),
    ],
    [
      'on the routed client around it',
      (db, end) =>
        db.$transaction(async () => {
          await db.product.create({ data: product('2') });
          end();
        }),
    ],
    [
      'on a named client',
      (db, end) =>
        db.$transaction(async () => {
          await db.$using('main').product.create({ data: product('2') });
          end();
        }),
    ],
    [
      'in raw SQL',
      (db, end) =>
        db.$transaction(async (tx) => {
          await tx.$executeRaw`update product set slug = '2'`;
          end();
        }),
    ],
    [
      'in raw SQL on the routed client',
      (db, end) =>
        db.$transaction(async () => {
          await db.$executeRaw`update product set slug = '2'`;
          end();
        }),
    ],
    [
      'across awaits of other things',
      (db, end) =>
        db.$transaction(async () => {
          await nextTurn();
          await db.product.create({ data: product('2') });
          await nextTurn();
          end();
        }),
    ],
    [
      'in functions that know nothing of it',
      (db, end) => {
        const make = () => db.product.create({ data: product('2') });
        return db.$transaction(async () => {
          await Promise.all([make(), db.product.count()]);
          end();
        });
      },
    ],
    [
      'in a nested transaction',
      (db, end) =>
        db.$transaction(async (tx) => {
          await tx.$transaction((inner) => inner.product.create({ data: product('2') }));
          end();
        }),
    ],
    [
      'in a nested transaction of the routed client',
      (db, end) =>
        db.$transaction(async () => {
          await db.$transaction((inner) => inner.product.create({ data: product('2') }));
          end();
        }),
    ],
    [
      'in a nested batch',
      (db, end) =>
        db.$transaction(async (tx) => {
          await tx.$transaction([tx.product.create({ data: product('2') })]);
          end();
        }),
    ],
    [
      'in a nested batch of the routed client',
      (db, end) =>
        db.$transaction(async () => {
          await db.$transaction([db.product.create({ data: product('2') })]);
          end();
        }),
    ],
  ])('%s', async (_what, run) => {
    await expect(run(routed(), rollback)).rejects.toBe(stop);
    expect(await products(clients)).toEqual({ main: '1:main', other: '1:other' });
    await run(routed(), () => undefined);
    expect((await products(clients)).main).toMatch(/2/);
  });

  it('in a batch', async () => {
    const db = routed();
    const batch = (slug: string) =>
      db.$transaction([db.product.create({ data: product('2') }), db.product.create({ data: product(slug) })]);
    await expect(batch('1')).rejects.toMatchObject({ code: 'P2002' });
    expect((await products(clients)).main).toBe('1:main');
    expect((await batch('3')).map(({ slug }) => slug)).toEqual(['2', '3']);
  });

  it('but a nested one can be undone alone', async () => {
    const db = routed();
    await db.$transaction(async (tx) => {
      await tx.product.create({ data: product('2') });
      const inner = tx.$transaction(async (nested) => {
        await nested.product.create({ data: product('3') });
        rollback();
      });
      await expect(inner).rejects.toBe(stop);
    });
    expect((await products(clients)).main).toBe('1:main 2:2');
  });
});

describe('what goes to another database is refused inside a transaction', () => {
  it.each<
    [what: string, act: (tx: TransactionClient<TestClients, 'main'>, db: Db) => PromiseLike<unknown>, words: string]
  >([
    ['a write on its client', (tx) => tx.user.create({ data: user('2') }), "user.create goes to 'other'"],
    ['a read on its client', (tx) => tx.order.findMany(), "order.findMany goes to 'other'"],
    ['a write on the routed client', (_tx, db) => db.user.deleteMany(), "user.deleteMany goes to 'other'"],
    ['a read on the routed client', (_tx, db) => db.user.findFirst(), "user.findFirst goes to 'other'"],
    ['a write with hints', (_tx, db) => db.$hint({ tenant: 1 }).user.deleteMany(), "user.deleteMany goes to 'other'"],
    ['a nested transaction', (tx) => tx.$transaction(async () => 1, { for: ['user'] }), "A transaction on 'other'"],
    [
      'a nested transaction of the routed client',
      (_tx, db) => db.$transaction(async () => 1, { for: ['user'] }),
      "A transaction on 'other'",
    ],
    ['a nested batch', (tx, db) => tx.$transaction([db.$using('other').user.deleteMany()]), "A transaction on 'other'"],
    [
      'an operation of a nested batch',
      (_tx, db) => db.$transaction([db.user.deleteMany()]),
      "user.deleteMany goes to 'other'",
    ],
  ])('%s', async (_what, act, words) => {
    const db = routed();
    const found = db.$transaction(async (tx) => {
      await tx.product.create({ data: product('2') });
      await act(tx, db);
    });
    expect(await errorOf(() => found)).toMatchObject({
      code: 'CROSS_DATABASE_TRANSACTION',
      message: expect.stringMatching(new RegExp(`^${words}.* on 'main'`)),
    });
    expect(await products(clients)).toEqual({ main: '1:main', other: '1:other' });
    expect(await clients.other.user.count()).toBe(1);
  });

  it('raw SQL, which is for the default database', async () => {
    const db = routed();
    const raw = db.$transaction(() => db.$queryRaw`select 1`, { for: ['user'] });
    expect(await errorOf(() => raw)).toMatchObject({
      code: 'CROSS_DATABASE_TRANSACTION',
      message: expect.stringContaining("$queryRaw goes to 'main', but the transaction around it is on 'other'"),
    });
  });

  it('models of several databases, when it is opened', async () => {
    const db = routed();
    const fn = jest.fn(async () => 1);
    expect(await errorOf(() => db.$transaction(fn, { for: ['product', 'user', 'sessionLease'] }))).toEqual({
      code: 'CROSS_DATABASE_TRANSACTION',
      message:
        "One transaction cannot span two databases: product on 'main', user on 'other', sessionLease on 'sessions'.",
    });
    expect(fn).not.toHaveBeenCalled();
  });

  it.each<[what: string, run: (db: Db) => Promise<unknown>, words: string]>([
    [
      'operations of several databases in a batch',
      (db) => db.$transaction([db.product.deleteMany(), db.user.deleteMany()]),
      "product.deleteMany on 'main', user.deleteMany on 'other'",
    ],
    [
      'a batch for another database',
      (db) => db.$transaction([db.product.deleteMany()], { for: ['user'] }),
      "product.deleteMany on 'main', user on 'other'",
    ],
    [
      'a batch of a named database with operations of another',
      (db) => db.$using('other').$transaction([db.product.deleteMany()]),
      "The transaction is on 'other'",
    ],
  ])('%s, and nothing is sent', async (_what, run, words) => {
    expect(await errorOf(() => run(routed()))).toMatchObject({
      code: 'CROSS_DATABASE_TRANSACTION',
      message: expect.stringContaining(words),
    });
    expect([await clients.main.product.count(), await clients.other.user.count()]).toEqual([1, 1]);
  });
});

describe('a named database is meant as it is named', () => {
  it('so an operation on it runs on its own inside a transaction of another', async () => {
    const db = routed();
    await expect(
      db.$transaction(async () => {
        await db.$using('other').user.create({ data: user('2') });
        rollback();
      }),
    ).rejects.toBe(stop);
    expect(await clients.other.user.count()).toBe(2);
  });

  it('so does a transaction on it', async () => {
    const db = routed();
    await expect(
      db.$transaction(async () => {
        await db.$using('other').$transaction((tx) => tx.user.create({ data: user('2') }));
        rollback();
      }),
    ).rejects.toBe(stop);
    expect(await clients.other.user.count()).toBe(2);
  });

  it('and its transaction asks no router where its own client goes', async () => {
    expect(
      await routed()
        .$using('main')
        .$transaction((tx) => tx.user.findFirst()),
    ).toMatchObject({ name: 'main' });
  });

  it('but the routed client inside of it does ask', async () => {
    const db = routed();
    const { code } = await errorOf(() => db.$using('main').$transaction(() => db.user.findFirst()));
    expect(code).toBe('CROSS_DATABASE_TRANSACTION');
  });
});

describe('in a transaction', () => {
  it('reads go where writes go, so that they see what it wrote', async () => {
    const db = routed({ dbForRead: (model) => (model === 'product' ? 'other' : undefined) });
    const seen = await db.$transaction(async (tx) => {
      await tx.product.create({ data: product('2') });
      return [await tx.product.count(), await db.product.count(), tx.$route('product', 'read').alias];
    });
    expect([seen, await db.product.count()]).toEqual([[2, 2, 'main'], 1]);
  });

  it('of a batch, too, reads go where writes go', async () => {
    const db = routed({ dbForRead: (model) => (model === 'product' ? 'other' : undefined) });
    const [row] = await db.$transaction([db.product.findFirst()]);
    expect([row?.name, (await db.product.findFirst())?.name]).toEqual(['main', 'other']);
  });

  it('flags stand still', async () => {
    let on = false;
    const flip: Router<'main' | 'other', never> = {
      routes: [],
      dbForWrite: (_model, { request }) => (request?.flag('moved', () => on) === true ? 'other' : 'main'),
    };
    const db = routed(flip);
    const opened = db.$transaction(async (tx) => {
      await tx.product.count();
      on = true;
      return tx.product.count();
    });
    expect(await opened).toBe(1);
    expect(await db.$transaction(async (tx) => (await tx.product.findFirst())?.name, { for: ['product'] })).toBe(
      'other',
    );
  });

  it("Prisma's options have their effect", async () => {
    const db = routed();
    const level = (tx: Pick<TestClients['main'], '$queryRaw'>) => tx.$queryRaw`show transaction_isolation`;
    expect(await db.$transaction((tx) => level(tx), { isolationLevel: 'Serializable' })).toEqual([
      { transaction_isolation: 'serializable' },
    ]);
    const [, levels] = await db.$transaction([db.product.count(), db.$queryRaw`show transaction_isolation`], {
      isolationLevel: 'RepeatableRead',
    });
    expect(levels).toEqual([{ transaction_isolation: 'repeatable read' }]);
    const slow = db.$transaction((tx) => tx.$queryRaw`select pg_sleep(0.2)::text`, { timeout: 20 });
    await expect(slow).rejects.toMatchObject({ code: 'P2028' });
  });

  it('the result of its function is its own, and its error is passed on', async () => {
    const db = routed();
    expect(await db.$transaction(async () => 'done')).toBe('done');
    await expect(db.$transaction(async () => rollback())).rejects.toBe(stop);
  });

  it('operations that are called together run in order', async () => {
    const db = routed();
    const names = await db.$transaction(async (tx) => {
      const created = [2, 3, 4].map((slug) => tx.product.create({ data: product(String(slug)) }));
      return (await Promise.all(created)).map(({ slug }) => slug);
    });
    expect(names).toEqual(['2', '3', '4']);
  });
});

describe('a transaction that cannot be meant is refused', () => {
  it.each<[what: string, run: (db: Db) => Promise<unknown>, words: string]>([
    [
      'with models that are no list',
      (db) => db.$transaction(async () => 1, { for: 'user' as never }),
      "{ for: ['order'] }",
    ],
    ['with models that are no list, in a batch', (db) => db.$transaction([], { for: 'user' as never }), "'for'"],
    ['without anything to do', (db) => db.$transaction(undefined as never), 'takes a function, or an array'],
    ['with a promise', (db) => db.$transaction(db.product.count() as never), 'takes a function, or an array'],
  ])('%s', async (_what, run, words) => {
    expect(await errorOf(() => run(routed()))).toEqual({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(words),
    });
  });

  it('with a model that no database has', async () => {
    const { code } = await errorOf(() => routed().$transaction(async () => 1, { for: ['usr' as 'user'] }));
    expect(code).toBe('UNKNOWN_MODEL');
  });
});

describe('after a transaction', () => {
  it('what it started and did not wait for runs outside of it', async () => {
    const db = routed();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let late: Promise<unknown> = Promise.resolve();
    await db.$transaction(async (tx) => {
      late = gate.then(() => db.user.findFirst());
      await tx.product.count();
    });
    go();
    expect(await late).toMatchObject({ name: 'other' });
  });

  it('inside of another one, what it started and did not wait for takes part in that one', async () => {
    const db = routed();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const opened = db.$transaction(async (tx) => {
      let late: Promise<unknown> = Promise.resolve();
      await tx.$transaction(async (inner) => {
        late = gate.then(() => db.product.create({ data: product('2') }));
        await inner.product.count();
      });
      go();
      await late;
      expect(await tx.product.count()).toBe(2);
      rollback();
    });
    await expect(opened).rejects.toBe(stop);
    expect((await products(clients)).main).toBe('1:main');
  });

  it('its client is of no use any more', async () => {
    const db = routed();
    const tx = await db.$transaction(async (inner) => ({ inner }));
    await expect(tx.inner.product.count()).rejects.toMatchObject({ code: 'P2028' });
  });

  it('routers are told of the writes that it committed, and of none that it undid', async () => {
    const told: string[] = [];
    const db = routed({ onWrite: (alias, model) => void told.push(`${model} on ${alias}`) });
    await expect(
      db.$transaction(async (tx) => {
        await tx.product.create({ data: product('2') });
        rollback();
      }),
    ).rejects.toBe(stop);
    expect(told).toEqual([]);
    await db.$transaction(async (tx) => {
      await tx.product.create({ data: product('2') });
      await tx.$transaction((inner) => inner.product.create({ data: product('3') }));
      await db.sessionAudit.count();
      expect(told).toEqual([]);
    });
    await db.user.create({ data: user('2') });
    await db.$transaction([db.order.create({ data: order('1') }), db.order.findMany()]);
    await db.$using('sessions').$executeRaw`select 1`;
    await db.$transaction((tx) => tx.$queryRaw`select 1`);
    expect(told).toEqual([
      'product on main',
      'user on other',
      'order on other',
      'undefined on sessions',
      'undefined on main',
    ]);
  });

  it('and not of what a savepoint took back', async () => {
    const told: string[] = [];
    const db = routed({ onWrite: (alias, model) => void told.push(`${model} on ${alias}`) });
    await db.$transaction(async (tx) => {
      const failing = tx.$transaction(async (inner) => {
        await inner.featureFlag.create({ data: { name: 'gone' } });
        rollback();
      });
      await expect(failing).rejects.toBe(stop);
      const taken = { data: { name: '1', updatedAt: new Date() } };
      const batch = tx.$transaction([tx.featureFlag.create(taken), tx.featureFlag.create(taken)]);
      await expect(batch).rejects.toMatchObject({ code: 'P2002' });
      await tx.$transaction([tx.product.create({ data: product('2') })]);
    });
    expect(await clients.main.featureFlag.count({ where: { name: { in: ['gone', '1'] } } })).toBe(0);
    expect(told).toEqual(['product on main']);
  });
});

describe('a batch takes', () => {
  it('results in the order of its operations, each known by its operation too', async () => {
    const db = routed();
    const count = db.product.count();
    const batch = await db.$transaction([count, db.product.create({ data: product('2') }), db.product.count()]);
    expect([batch[0], batch[1].slug, batch[2], await count]).toEqual([1, '2', 2, 1]);
  });

  it('raw SQL', async () => {
    const db = routed();
    const [changed, rows] = await db.$transaction([
      db.$executeRaw`update product set name = 'new'`,
      db.$queryRawUnsafe<{ name: string }[]>('select name from product where slug = $1', '1'),
    ]);
    expect([changed, rows]).toEqual([1, [{ name: 'new' }]]);
  });

  it('nothing', async () => {
    expect(await routed().$transaction([])).toEqual([]);
  });

  it.each<[what: string, run: (db: Db) => Promise<unknown>, code: string]>([
    [
      'no operation of a plain client',
      (db) => db.$transaction([clients.main.product.deleteMany()]),
      'FOREIGN_TRANSACTION',
    ],
    [
      'no operation of another routed client',
      (db) => db.$transaction([routed().product.deleteMany()]),
      'FOREIGN_TRANSACTION',
    ],
    [
      'no operation of a transaction that has ended',
      async (db) => {
        const kept = await db.$transaction(async (tx) => ({ deleting: tx.product.deleteMany() }));
        return db.$transaction([kept.deleting]);
      },
      'FOREIGN_TRANSACTION',
    ],
    [
      'no operation of another transaction',
      (db) =>
        db.$transaction((one) =>
          db.$using('other').$transaction(() => db.$using('main').$transaction([one.product.deleteMany()])),
        ),
      'FOREIGN_TRANSACTION',
    ],
    ['no promise', (db) => db.$transaction([Promise.resolve(1) as never]), 'FOREIGN_TRANSACTION'],
    [
      'no operation twice',
      (db) => {
        const once = db.product.count();
        return db.$transaction([once]).then(() => db.$transaction([once]));
      },
      'OPERATION_ALREADY_SENT',
    ],
    [
      'no operation that is in it twice',
      (db) => {
        const twice = db.product.deleteMany();
        return db.$transaction([db.product.count(), twice, twice]);
      },
      'OPERATION_ALREADY_SENT',
    ],
    [
      'no operation that was awaited',
      async (db) => {
        const once = db.product.count();
        await once;
        return db.$transaction([once]);
      },
      'OPERATION_ALREADY_SENT',
    ],
  ])('%s', async (_what, run, code) => {
    expect(await errorOf(() => run(routed()))).toMatchObject({ code });
    expect(await clients.main.product.count()).toBe(1);
  });

  it('and a plain client takes no operation of the routed client', async () => {
    const db = routed();
    expect(await errorOf(() => clients.main.$transaction([db.product.deleteMany()]))).toMatchObject({
      code: 'FOREIGN_TRANSACTION',
    });
    expect(await clients.main.product.count()).toBe(1);
  });
});
