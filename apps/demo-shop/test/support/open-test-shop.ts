import path from 'node:path';
import { Writable } from 'node:stream';
import { createMainClient, createPool, createSessionsClient, type MainClient } from '@switchyard/databases';
import { openTestDatabases } from '@switchyard/databases/testing';
import { createRoutedClient } from '@switchyard/router';
import { createSessions, memoryStore } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import type { Express } from 'express';
import { pino } from 'pino';
import { seedCustomer } from '../../src/catalogue/seed-customer.ts';
import { seedCatalogue } from '../../src/catalogue/seed.ts';
import { createShopApp } from '../../src/shop/create-shop-app.ts';
import { createLoginThrottle, type LoginThrottleOptions } from '../../src/shop/login-throttle.ts';
import type { ShopDependencies } from '../../src/shop/shop-dependencies.ts';
import { openBreakableLine, type BreakableLine } from './breakable-line.ts';
import { troubledStore, type TroubledStore } from './troubled-store.ts';
import { createVisitor, type Visitor } from './visitor.ts';

export type TestShopOptions = Partial<
  Pick<ShopDependencies, 'csrfSecrets' | 'secureCookies' | 'demoCustomer' | 'opsRouters' | 'readiness' | 'passwordCost'>
> &
  LoginThrottleOptions & {
    /** Whether the shop reaches its database over a line that can break. */
    readonly isFrail?: boolean;
  };

export interface TestShop {
  readonly app: Express;
  readonly db: MainClient;
  readonly store: TroubledStore;
  /** Only of a frail shop. */
  readonly line: BreakableLine | undefined;
  visitor(): Visitor;
  /** Another tab of the same browser, served by another process of the shop. */
  visitorElsewhere(visitor: Visitor): Visitor;
  /** Another tab of the same browser as it is now, with cookies of its own from here on. */
  visitorWith(visitor: Visitor): Visitor;
  productId(slug: string): Promise<string>;
  productIds(): Promise<string[]>;
  /** With the password of {@link customer}. */
  seedCustomer(email: string): Promise<void>;
  /** How many statements the main database was asked so far, but for those of transactions. */
  readonly statements: number;
  /** All that was logged. */
  log(): string;
  close(): Promise<void>;
}

/** Is registered in every test shop. */
export const customer = { email: 'ada@example.com', name: 'Ada Lovelace', password: 'slow-tea-time' };
export const csrfSecrets = ['a secret of the tests, to sign with'];
export const SESSION_COOKIE = 'shop.sid';
export const CSRF_COOKIE = 'shop.csrf';

const passwordCost = { log2N: 10, r: 8, p: 1 };
const source = path.join(__dirname, '../../src');

/** A whole shop with a routed client on fresh PostgreSQL databases, its sessions in memory. */
export async function openTestShop(options: TestShopOptions = {}): Promise<TestShop> {
  const { isFrail = false, ...overrides } = options;
  const databases = await openTestDatabases({ max: 5 });
  const line = isFrail ? await openBreakableLine(databases.urls.main) : undefined;
  const pool = line === undefined ? databases.main : createPool(line.url, { max: 5 });
  let statements = 0;
  const query = pool.query.bind(pool) as (...given: unknown[]) => unknown;
  Reflect.set(pool, 'query', (...given: unknown[]) => {
    statements++;
    return query(...given);
  });
  const db = createMainClient(pool);
  await seedCatalogue(db);
  await seedCustomer(db, { ...customer, passwordCost });

  const lines: string[] = [];
  const logger = pino(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  const store = troubledStore(memoryStore());
  const close = async (): Promise<void> => {
    if (line !== undefined) await pool.end();
    await line?.close();
    await databases.close();
  };

  const clients = { main: db, sessions: createSessionsClient(databases.sessions) };
  const routed = createRoutedClient({ clients, default: 'main', routers: [] });
  const createApp = (): Express =>
    createShopApp({
      db: routed,
      sessions: (onError) =>
        sessionMiddleware({ sessions: createSessions({ store }), cookie: { name: SESSION_COOKIE }, onError }),
      csrfSecrets,
      secureCookies: false,
      readiness: async () => ({ isReady: true, checks: {} }),
      loginThrottle: createLoginThrottle(options),
      passwordCost,
      logger,
      version: '0.1.0',
      viewsFolder: path.join(source, 'views'),
      assetsFolder: path.join(source, 'assets'),
      ...overrides,
    });
  const app = await closedOnError(close, createApp);

  return {
    app,
    db,
    store,
    line,
    visitor: () => createVisitor(app),
    visitorElsewhere: ({ cookies }) => createVisitor(createApp(), new Map(cookies)),
    visitorWith: ({ cookies }) => createVisitor(app, new Map(cookies)),
    productId: async (slug) => String((await db.product.findUniqueOrThrow({ where: { slug } })).id),
    productIds: async () => (await db.product.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => String(id)),
    seedCustomer: async (email) => {
      await seedCustomer(db, { ...customer, email, passwordCost });
    },
    get statements() {
      return statements;
    },
    log: () => lines.join(''),
    close,
  };
}

async function closedOnError<T>(close: () => Promise<void>, open: () => T): Promise<T> {
  try {
    return open();
  } catch (error) {
    await close();
    throw error;
  }
}
