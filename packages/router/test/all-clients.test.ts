import { setImmediate as nextTurn } from 'node:timers/promises';

import { byModel, createRoutedClient } from '@switchyard/router';
import { errorOf } from './support/error-of.ts';
import { openClients, type TestClients } from './support/open-clients.ts';
import { openLoggingClients } from './support/open-logging-clients.ts';
import { product, seed, user } from './support/shop.ts';

let clients: TestClients;
let close: () => Promise<void>;
beforeAll(async () => ({ clients, close } = await openClients()));
beforeEach(() => seed(clients));
afterAll(() => close());

const routed = () => createRoutedClient({ clients, default: 'main', routers: [byModel({ user: 'other' })] });

describe('$extends with one extension for all clients', () => {
  it('sees the operations of every client', async () => {
    const seen: string[] = [];
    const db = routed().$extends({
      query: {
        $allOperations: ({ model, operation, args, query }) => {
          seen.push(`${model ?? 'SQL'}.${operation}`);
          return query(args);
        },
      },
    });
    await db.product.count();
    await db.user.findMany();
    await db.$using('sessions').session.count();
    await db.$queryRaw`select 1`;
    expect(seen).toEqual(['Product.count', 'User.findMany', 'Session.count', 'SQL.$queryRaw']);
  });

  it('changes what they answer, on the extended client only', async () => {
    const db = routed();
    const doubled = db.$extends({
      query: { $allModels: { count: async ({ args, query }) => Number(await query(args)) * 2 } },
    });
    expect([await db.product.count(), await doubled.product.count(), await doubled.user.count()]).toEqual([1, 2, 2]);
  });
});

describe('$extends with a function for each client', () => {
  const extended = () =>
    routed().$extends({
      main: (client) =>
        client.$extends({
          client: { $shop: () => 'the shop' },
          model: { product: { cheapest: () => client.product.findFirst({ orderBy: { priceCents: 'asc' } }) } },
          result: { product: { label: { needs: { name: true }, compute: ({ name }) => `<${name}>` } } },
        }),
      sessions: (client) => client.$extends({ model: { session: { kind: () => 'a session' } } }),
    });

  it('has the new members of each', async () => {
    const db = extended();
    expect((await db.product.findFirstOrThrow()).label).toBe('<main>');
    expect((await db.product.cheapest())?.name).toBe('main');
    expect(db.$using('main').$shop()).toBe('the shop');
    expect(db.$using('sessions').session.kind()).toBe('a session');
  });

  it('has them in transactions', async () => {
    const label = await extended().$transaction(async (tx) => (await tx.product.findFirstOrThrow()).label);
    expect(label).toBe('<main>');
  });

  it('leaves the other clients and the routes as they are', async () => {
    const db = extended();
    expect(await db.user.findMany({ select: { name: true } })).toEqual([{ name: 'other' }]);
    expect(db.$route('user', 'read')).toMatchObject({ alias: 'other', router: 'by-model' });
  });

  it('sends a method of an extension where writes go', async () => {
    const db = createRoutedClient({
      clients,
      default: 'main',
      routers: [{ dbForRead: () => 'main', dbForWrite: () => 'other' }],
      guards: [
        {
          check: ({ operation, kind }) =>
            kind === 'write' && operation === 'wipe' ? { code: 'OPERATION_REFUSED', message: 'no' } : undefined,
        },
      ],
    }).$extends({
      main: (client) => client.$extends({ model: { $allModels: { whoami: () => 'main', wipe: () => undefined } } }),
      other: (client) => client.$extends({ model: { $allModels: { whoami: () => 'other' } } }),
    });
    expect(db.product.whoami()).toBe('other');
    expect(await errorOf(() => db.product.wipe())).toEqual({ code: 'OPERATION_REFUSED', message: 'no' });
  });

  it('passes on what such a method answers: its promise is lazy, if it is, and has its relations', async () => {
    const db = routed().$extends({
      main: (client) =>
        client.$extends({
          model: {
            product: {
              rename: (name: string) => client.product.update({ where: { slug: '1' }, data: { name } }),
              fail: () => client.product.findUniqueOrThrow({ where: { id: -1 } }),
            },
          },
        }),
    });
    const renaming = db.product.rename('lazy');
    await nextTurn();
    expect((await clients.main.product.findFirst())?.name).toBe('main');
    expect([await renaming.lines(), (await renaming).name]).toEqual([[], 'lazy']);
    const settled: string[] = [];
    const code = await db.product
      .fail()
      .finally(() => settled.push('finally'))
      .catch((error: { code: string }) => error.code);
    expect([code, settled]).toEqual(['P2025', ['finally']]);
  });

  it('shares requests and origins with the client that it was made from', async () => {
    const db = createRoutedClient({
      clients,
      default: 'main',
      routers: [{ routes: [], dbForRead: (_model, { tenant }) => (tenant === 1 ? 'other' : undefined) }],
    });
    const more = db.$extends({ query: { $allOperations: ({ args, query }) => query(args) } });
    const row = await db.$withContext({ hints: { tenant: 1 } }, () => more.product.findFirstOrThrow());
    expect([row.name, db.$origin(row), more.$origin(row)]).toEqual(['other', 'other', 'other']);
  });

  it('takes no part in a transaction of the client that it was made from', async () => {
    const db = routed();
    const more = db.$extends({ query: { $allOperations: ({ args, query }) => query(args) } });
    expect(await errorOf(() => db.$transaction(() => more.product.count()))).toMatchObject({
      code: 'FOREIGN_TRANSACTION',
    });
    expect(await more.$transaction((tx) => tx.product.count())).toBe(1);
  });

  it.each<[what: string, extension: object, code: string]>([
    ['a name that is no alias', { mian: (client: unknown) => client }, 'UNKNOWN_ALIAS'],
    ['nothing', {}, 'INVALID_OPTION'],
    ['a function for one and something for all', { main: (client: unknown) => client, query: {} }, 'INVALID_OPTION'],
    ['a function for no alias', () => undefined, 'INVALID_OPTION'],
  ])('refuses %s', async (_what, extension, code) => {
    expect(await errorOf(() => routed().$extends(extension as { query: object }))).toMatchObject({ code });
  });
});

describe('$on', () => {
  it('tells the event and its database', async () => {
    const { clients: logging, close: closeLogging } = await openLoggingClients();
    const db = createRoutedClient({ clients: logging, default: 'main', routers: [byModel({ user: 'other' })] });
    const seen: string[] = [];
    db.$on('query', (event, alias) =>
      seen.push(`${alias}: ${/"(product|user)"/.exec(event.query)?.[1]}, ${typeof event.duration}`),
    );
    await db.product.create({ data: product('1') });
    await db.user.create({ data: user('1') });
    await closeLogging();
    expect([...new Set(seen)]).toEqual(['main: product, number', 'other: user, number']);
  });

  it('refuses extended clients, which have no events', async () => {
    const db = routed().$extends({ query: {} });
    expect(await errorOf(() => db.$on('query' as never, () => undefined))).toMatchObject({
      code: 'INVALID_CLIENT',
      message: expect.stringContaining("'main', 'other', 'sessions'"),
    });
  });
});

describe('$connect and $disconnect', () => {
  it('reach every client, and work again after', async () => {
    const db = routed();
    await db.$connect();
    await db.$disconnect();
    await db.$disconnect();
    expect(await db.product.count()).toBe(1);
  });

  it('try every client, and wait for all of them, before they report the first failure', async () => {
    const done: string[] = [];
    const disconnecting = (client: TestClients['main'], $disconnect: () => Promise<void>) =>
      Object.defineProperties(Object.create(client) as TestClients['main'], { $disconnect: { value: $disconnect } });
    const failing = () => Promise.reject(new Error('main failed'));
    const slow = async (): Promise<void> => {
      await nextTurn();
      done.push('other');
    };
    const db = createRoutedClient({
      clients: { main: disconnecting(clients.main, failing), other: disconnecting(clients.other, slow) },
      default: 'main',
    });
    await expect(db.$disconnect()).rejects.toThrow('main failed');
    expect(done).toEqual(['other']);
  });
});
