// Compiled, not run: what must be a type error and what must have which type.
import type { MainClient, SessionsClient } from '@switchyard/databases';
import {
  byModel,
  createRoutedClient,
  flagged,
  percentage,
  primaryReplica,
  shardByKey,
  type Guard,
  type RoutedClient,
  type Router,
} from '@switchyard/router';

declare const main: MainClient;
declare const sessions: SessionsClient;
declare const replica: MainClient;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where the types are the same. */
function same<A, B>(_equal: Same<A, B>): void {}

const db = createRoutedClient({ clients: { main, sessions }, default: 'main' });

export async function models(): Promise<void> {
  await db.product.findMany();
  await db.session.findUnique({ where: { sessionKey: 'a' } });
  // @ts-expect-error -- no database has this model
  await db.sesion.findMany();
  // @ts-expect-error -- no such operation
  await db.product.findAll();
  // @ts-expect-error -- no such field
  await db.product.findMany({ where: { colour: 'red' } });
  // @ts-expect-error -- a field is missing
  await db.product.create({ data: { name: 'a' } });
  // @ts-expect-error -- no such relation
  await db.session.findMany({ include: { user: true } });
}

export async function results(): Promise<void> {
  const rows = await db.product.findMany({ select: { id: true, lines: { select: { quantity: true } } } });
  same<typeof rows, { id: number; lines: { quantity: number }[] }[]>(true);
  const order = await db.order.findFirst({ include: { lines: true } });
  same<NonNullable<typeof order>['lines'][number]['unitPriceCents'], number>(true);
  // @ts-expect-error -- the user was not included
  same<typeof order, { user: unknown } | null>(true);
  const count = await db.session.count();
  same<typeof count, number>(true);
  const groups = await db.product.groupBy({ by: ['category'], _max: { priceCents: true } });
  same<(typeof groups)[number]['_max']['priceCents'], number | null>(true);
  const lines = await db.order.findUniqueOrThrow({ where: { checkoutKey: 'a' } }).lines({ select: { name: true } });
  same<typeof lines, { name: string }[]>(true);
}

/** Whatever the generated client answers. */
export async function sameAsGenerated(): Promise<void> {
  const query = { include: { lines: { include: { product: { select: { name: true } } } }, _count: true } } as const;
  const found = { routed: await db.order.findMany(query), own: await main.order.findMany(query) };
  same<typeof found.routed, typeof found.own>(true);
  const omit = { where: { slug: 'a' }, omit: { description: true } } as const;
  const one = { routed: await db.product.findUnique(omit), own: await main.product.findUnique(omit) };
  same<typeof one.routed, typeof one.own>(true);
  // @ts-expect-error -- it was left out
  void one.routed?.description;
  const by = { by: ['category'], _count: true, orderBy: { category: 'asc' } } as const;
  const groups = {
    routed: await db.product.groupBy({ ...by, by: ['category'] }),
    own: await main.product.groupBy({ ...by, by: ['category'] }),
  };
  same<typeof groups.routed, typeof groups.own>(true);
  const data = { data: [{ name: 'a', enabled: true }], select: { name: true } } as const;
  const many = {
    routed: await db.featureFlag.createManyAndReturn({ ...data, data: [...data.data] }),
    own: await main.featureFlag.createManyAndReturn({ ...data, data: [...data.data] }),
  };
  same<typeof many.routed, typeof many.own>(true);
  same<Parameters<typeof db.order.upsert>, Parameters<typeof main.order.upsert>>(true);
  // @ts-expect-error -- no operation of PostgreSQL
  await db.product.findRaw({});
}

export async function using(): Promise<void> {
  await db.$using('sessions').session.count();
  const rows = await db.$using('main').$queryRaw<{ n: number }[]>`select 1 as n`;
  same<typeof rows, { n: number }[]>(true);
  const last = await db.$using('sessions').$transaction(async (tx) => {
    // @ts-expect-error -- that database has no such model
    await tx.product.count();
    return tx.session.findFirst({ select: { version: true } });
  });
  same<typeof last, { version: bigint } | null>(true);
  // @ts-expect-error -- no such alias
  db.$using('session');
  // @ts-expect-error -- that database has no such model
  await db.$using('sessions').product.count();
  // @ts-expect-error -- extend the routed client, so that nothing escapes the routing
  db.$using('main').$extends({});
}

export async function explanations(): Promise<void> {
  same<ReturnType<typeof db.$origin>, 'main' | 'sessions' | undefined>(true);
  db.$route('session', 'read');
  // @ts-expect-error -- no such model
  db.$route('sesion', 'read');
  // @ts-expect-error -- no such kind
  db.$route('session', 'update');
  await db.$hint({ tenant: 1 }).product.count();
  // @ts-expect-error -- hints are an object
  db.$hint('tenant');
}

export async function transactions(): Promise<void> {
  const found = await db.$transaction(async (tx) => (await tx.product.findMany({ select: { name: true } }))[0], {
    for: ['product', 'order'],
    isolationLevel: 'Serializable',
    timeout: 100,
    maxWait: 100,
  });
  same<typeof found, { name: string } | undefined>(true);
  const batch = await db.$transaction([
    db.product.count(),
    db.order.findMany({ select: { id: true } }),
    db.$executeRaw`x`,
  ]);
  same<typeof batch, [number, { id: string }[], number]>(true);
  // @ts-expect-error -- no such model
  await db.$transaction(async () => 1, { for: ['sesion'] });
  // @ts-expect-error -- no such isolation level
  await db.$transaction(async () => 1, { isolationLevel: 'Strict' });
  await db.$transaction(async (tx) => {
    const raw = await tx.$queryRaw<{ n: number }[]>`select 1 as n`;
    same<typeof raw, { n: number }[]>(true);
    const nested = await tx.$transaction((inner) =>
      inner.order.findFirst({ include: { user: { select: { email: true } } } }),
    );
    same<NonNullable<typeof nested>['user'], { email: string } | null>(true);
    // @ts-expect-error -- no such model
    await tx.sesion.count();
  });
  // @ts-expect-error -- a transaction cannot be disconnected
  await db.$transaction((tx) => tx.$disconnect());
  // @ts-expect-error -- nor leave its database
  await db.$transaction((tx) => tx.$using('main').product.count());
  // @ts-expect-error -- operations are not awaited before
  await db.$transaction([await db.product.count()]);
}

export function routers(): void {
  const clients = { main, sessions };
  const copies = { main, replica };
  const table = byModel({ session: 'sessions' });
  const behindFlag = flagged({ flag: 'x', read: () => true, on: table });
  createRoutedClient({ clients, default: 'main', routers: [table] });
  createRoutedClient({ clients, default: 'main', routers: [byModel({ session: 'sessions' })] });
  createRoutedClient({ clients, default: 'main', routers: [behindFlag] });
  createRoutedClient({ clients, default: 'main', routers: [percentage({ percent: 5, hint: 'userId', on: table })] });
  createRoutedClient({
    clients,
    default: 'main',
    routers: [
      flagged({ flag: 'f', read: () => true, on: { dbForRead: () => 'sessions' } }),
      percentage({ percent: 5, hint: 'userId', on: { name: 'own', dbForRead: () => 'sessions' } }),
      // @ts-expect-error -- no such alias
      percentage({ percent: 5, hint: 'userId', on: { dbForRead: () => 'nowhere' } }),
    ],
  });
  createRoutedClient({
    clients,
    default: 'main',
    routers: [{ dbForRead: (model) => (model === 'a' ? 'main' : undefined) }],
  });
  const own = { dbForRead: (model) => (model === 'a' ? 'sessions' : undefined) } satisfies Router<'sessions'>;
  createRoutedClient({ clients, default: 'main', routers: [own] });
  class OwnRouter implements Router<'sessions'> {
    dbForRead(): 'sessions' {
      return 'sessions';
    }
  }
  createRoutedClient({ clients, default: 'main', routers: [new OwnRouter()] });
  // @ts-expect-error -- no such alias in a router of one's own
  createRoutedClient({ clients: copies, default: 'main', routers: [own] });
  const shards = shardByKey({ models: ['session'], hint: 'tenant', shards: ['main', 'sessions'] });
  createRoutedClient({ clients, default: 'main', routers: [shards] });
  const replicas = primaryReplica({ primary: 'main', replicas: ['replica'] });
  createRoutedClient({ clients: copies, default: 'main', routers: [replicas] });
  createRoutedClient({
    clients: copies,
    default: 'main',
    routers: [primaryReplica({ primary: 'main', replicas: ['replica'] })],
  });

  // @ts-expect-error -- no such alias
  createRoutedClient({ clients, default: 'main', routers: [byModel({ session: 'session' })] });
  // @ts-expect-error -- no such model
  createRoutedClient({ clients, default: 'main', routers: [byModel({ sesion: 'sessions' })] });
  // @ts-expect-error -- no such alias behind a flag
  createRoutedClient({ clients: copies, default: 'main', routers: [behindFlag] });
  // @ts-expect-error -- no such alias in an answer
  createRoutedClient({ clients, default: 'main', routers: [{ dbForRead: () => 'nowhere' }] });
  // @ts-expect-error -- a misspelt method
  createRoutedClient({ clients, default: 'main', routers: [{ dbForReed: () => 'main' }] });
  // @ts-expect-error -- a replica that nobody knows
  createRoutedClient({ clients, default: 'main', routers: [replicas] });
  // @ts-expect-error -- an unknown default
  createRoutedClient({ clients, default: 'mian' });
  // @ts-expect-error -- no client
  createRoutedClient({ clients: { main, sessions: {} }, default: 'main' });
}

export function guards(): void {
  const guard: Guard = {
    check: ({ model }) => (model === 'session' ? { code: 'MODEL_MOVING', message: 'it moves' } : undefined),
  };
  // @ts-expect-error -- no such code
  const other: Guard = { check: () => ({ code: 'MOVING', message: 'it moves' }) };
  createRoutedClient({ clients: { main, sessions }, default: 'main', guards: [guard, other] });
}

export async function extensions(): Promise<void> {
  const extended = db.$extends({
    main: (client) =>
      client.$extends({ result: { product: { label: { needs: { name: true }, compute: ({ name }) => name } } } }),
  });
  const row = await extended.product.findFirstOrThrow();
  same<typeof row.label, string>(true);
  await extended.session.count();
  // @ts-expect-error -- the client that was extended stays as it is
  await db.product.findFirstOrThrow().then((plain) => plain.label);
  // @ts-expect-error -- clients that were told to emit no events have none
  db.$on('query', () => undefined);
}

/** The type can be written down: for a function's parameter, or a module's export. */
export function named(routed: RoutedClient<{ main: MainClient; sessions: SessionsClient }, 'main'>): void {
  same<typeof routed, typeof db>(true);
  const products: Pick<MainClient, 'product'> = routed;
  void products;
}

/** A model that only another client than the default has is typed by that. */
export async function onlyElsewhere(): Promise<void> {
  const reverse = createRoutedClient({ clients: { sessions, main }, default: 'sessions' });
  const rows = await reverse.product.findMany({ select: { name: true } });
  same<typeof rows, { name: string }[]>(true);
}
