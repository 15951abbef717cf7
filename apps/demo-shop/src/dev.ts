import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ALIASES,
  createMainClient,
  createMigrator,
  createPool,
  dataFolder,
  DatabaseError,
  findProjectFolder,
  findRedis,
  openDatabases,
  type FoundRedis,
  type OpenDatabases,
} from '@switchyard/databases';
import { seedCatalogue } from './catalogue/seed.ts';
import { seedCustomer } from './catalogue/seed-customer.ts';
import { ConfigError, readConfig } from './config.ts';
import { PortError } from './serve.ts';
import { startShop } from './start-shop.ts';

// `npm run dev`: real databases (embedded where no URL is given), migrated and seeded, and the shop on them.

const project = findProjectFolder();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Drawn at the first start and kept, so that the next start understands the cookies of this one. */
function keptSecret(name: string): string {
  const folder = dataFolder(project, process.env);
  const file = path.join(folder, `${name}.secret`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}

const DEMO_CUSTOMER = { name: 'Ada Demo', email: 'ada@example.com', password: 'correct-horse-battery' };

async function prepare(databases: OpenDatabases): Promise<void> {
  const pools = Object.fromEntries(
    ALIASES.map((alias) => [alias, createPool(databases.urls[alias], { max: 2, statementTimeoutMs: 0 })]),
  );
  try {
    for (const alias of ALIASES) {
      const applied = await createMigrator(project, alias, pools[alias] as ReturnType<typeof createPool>).apply();
      for (const name of applied) say(`${alias}: applied ${name}`);
    }
    const client = createMainClient(pools['main'] as ReturnType<typeof createPool>);
    await seedCatalogue(client);
    await seedCustomer(client, { ...DEMO_CUSTOMER, passwordCost: { log2N: 12, r: 8, p: 1 } });
    await client.$disconnect();
  } finally {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
  }
}

function announceRedis(redis: FoundRedis | undefined): void {
  say(
    redis === undefined
      ? 'no Redis: the session cache is in this process. Set REDIS_URL, or install redis-server, for a shared one'
      : `Redis from ${redis.from}`,
  );
}

async function dev(): Promise<void> {
  const databases = await openDatabases({ project, announce: say });
  let redis: FoundRedis | undefined;
  const afterwards = async (): Promise<void> => {
    await redis?.close();
    await databases.close();
  };
  try {
    for (const [alias, server] of databases.embedded)
      say(`${alias}: PostgreSQL on 127.0.0.1:${server.port}, data in ${server.folder}`);
    [redis] = await Promise.all([findRedis(), prepare(databases)]);
    announceRedis(redis);
    const config = readConfig({
      SHOP_SECRETS: keptSecret('shop'),
      LOG_LEVEL: 'warn',
      REDIS_PREFIX: `switchyard-dev:${keptSecret('redis').slice(0, 8)}:`,
      ...process.env,
      MAIN_DATABASE_URL: databases.urls.main,
      SESSIONS_DATABASE_URL: databases.urls.sessions,
      ...(redis !== undefined && { REDIS_URL: redis.url }),
    });
    await startShop(config, {
      programFolder: path.dirname(fileURLToPath(import.meta.url)),
      demoCustomer: DEMO_CUSTOMER,
      afterwards,
    });
  } catch (error) {
    await afterwards();
    throw error;
  }
}

try {
  await dev();
} catch (error) {
  const expected = error instanceof DatabaseError || error instanceof ConfigError || error instanceof PortError;
  if (expected) process.stderr.write(`\n${error.message}\n`);
  else process.stderr.write(`\nThe shop did not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(expected ? 2 : 1);
}
