import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createMainClient, createPool } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { createMoveController, pgMoveDatabase, type MoveController, type MoveSide } from '@switchyard/session-move';
import { seedCatalogue } from '../../src/catalogue/seed.ts';
import { seedCustomer } from '../../src/catalogue/seed-customer.ts';
import { composeShop, type Shop } from '../../src/compose-shop.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/telemetry/create-logger.ts';
import { createVisitor, type Visitor } from './visitor.ts';

export interface ComposedShop {
  readonly shop: Shop;
  readonly databases: TestDatabases;
  /** All that was logged. */
  log(): string;
  visitor(): Visitor;
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  /** Moves its sessions; nothing carries them across but the shop itself. */
  readonly move: MoveController;
  close(): Promise<void>;
}

export const customer = { email: 'ada@example.com', name: 'Ada Lovelace', password: 'slow-tea-time' };

/** The environment of a shop on these databases. */
export const environmentOf = ({ urls }: Pick<TestDatabases, 'urls'>): NodeJS.ProcessEnv => ({
  MAIN_DATABASE_URL: urls.main,
  SESSIONS_DATABASE_URL: urls.sessions,
  SHOP_SECRETS: randomBytes(24).toString('base64url'),
  PORT: '0',
});

/** The catalogue and {@link customer}. */
export async function seedShop({ urls }: Pick<TestDatabases, 'urls'>): Promise<void> {
  const pool = createPool(urls.main, { max: 2 });
  const db = createMainClient(pool);
  await seedCatalogue(db);
  await seedCustomer(db, { ...customer, passwordCost: { log2N: 10, r: 8, p: 1 } });
  await db.$disconnect();
  await pool.end();
}

/** The shop as its program puts it together, on fresh databases. */
export async function openComposedShop(environment: NodeJS.ProcessEnv = {}): Promise<ComposedShop> {
  const databases = await openTestDatabases({ max: 4 });
  await seedShop(databases);
  const config = readConfig({ ...environmentOf(databases), LOG_FORMAT: 'json', ...environment });
  const lines: string[] = [];
  const composed = await composeShop(config, {
    programFolder: path.join(__dirname, '../../src'),
    version: '0.1.0',
    logger: createLogger({ ...config, logLevel: 'trace' }, { write: (line) => void lines.push(line) }),
  });
  let closing: Promise<void> | undefined;
  const shop: Shop = { ...composed, close: () => (closing ??= composed.close()) };
  const side = (name: SiteName, pool: TestDatabases['main']): MoveSide => ({
    database: pgMoveDatabase(pool),
    site: postgresSite({ name, executor: pgExecutor(pool) }),
  });
  const sides = { old: side('old', databases.main), new: side('new', databases.sessions) };
  return {
    shop,
    databases,
    sides,
    log: () => lines.join(''),
    visitor: () => createVisitor(shop.app),
    move: createMoveController(sides),
    close: async () => {
      await shop.close();
      await databases.close();
    },
  };
}
