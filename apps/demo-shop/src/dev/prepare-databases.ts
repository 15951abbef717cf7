import { ALIASES, createMainClient, createMigrator, createPool, type OpenDatabases } from '@switchyard/databases';
import { seedCatalogue } from '../catalogue/seed.ts';
import { seedCustomer } from '../catalogue/seed-customer.ts';
import { DEMO_CUSTOMER } from './demo-customer.ts';

/** Migrates both databases and fills the shop, unless that was done before. */
export async function prepareDatabases(
  project: string,
  databases: OpenDatabases,
  announce: (line: string) => void,
): Promise<void> {
  const pools = Object.fromEntries(
    ALIASES.map((alias) => [alias, createPool(databases.urls[alias], { max: 2, statementTimeoutMs: 0 })]),
  );
  try {
    for (const alias of ALIASES) {
      const applied = await createMigrator(project, alias, pools[alias] as ReturnType<typeof createPool>).apply();
      for (const name of applied) announce(`${alias}: applied ${name}`);
    }
    const client = createMainClient(pools['main'] as ReturnType<typeof createPool>);
    await seedCatalogue(client);
    await seedCustomer(client, { ...DEMO_CUSTOMER, passwordCost: { log2N: 12, r: 8, p: 1 } });
    await client.$disconnect();
  } finally {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
  }
}
