import { createMainClient, type MainClient } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { products } from '../../src/catalogue/products.ts';
import { seedCatalogue } from '../../src/catalogue/seed.ts';
import { seedCustomer } from '../../src/catalogue/seed-customer.ts';
import { verifyPassword } from '../../src/shop/passwords.ts';

const passwordCost = { log2N: 10, r: 8, p: 1 };

let databases: TestDatabases;
let db: MainClient;

beforeEach(async () => {
  databases = await openTestDatabases();
  db = createMainClient(databases.main);
});
afterEach(async () => {
  await db.$disconnect();
  await databases.close();
});

describe('seedCatalogue', () => {
  it('writes all products in the order of the catalogue, and nothing the second time', async () => {
    expect(await seedCatalogue(db)).toBe(products.length);
    expect(await seedCatalogue(db)).toBe(0);
    const stored = await db.product.findMany({ orderBy: { id: 'asc' } });
    expect(stored.map((product) => product.slug)).toEqual(products.map((product) => product.slug));
  });

  it('updates what has changed, under the same id, and keeps what has left the catalogue', async () => {
    await seedCatalogue(db);
    const [teapot, kettle] = products;
    if (teapot === undefined || kettle === undefined) throw new Error('the catalogue is empty');
    const before = await db.product.findUniqueOrThrow({ where: { slug: teapot.slug } });
    expect(await seedCatalogue(db, [{ ...teapot, priceCents: 5_000 }])).toBe(1);
    const after = await db.product.findUniqueOrThrow({ where: { slug: teapot.slug } });
    expect(after).toEqual({ ...before, priceCents: 5_000 });
    expect(await db.product.count()).toBe(products.length);
  });

  it('can be run by several processes at once', async () => {
    await Promise.all([seedCatalogue(db), seedCatalogue(db), seedCatalogue(db)]);
    expect(await db.product.count()).toBe(products.length);
  });
});

describe('seedCustomer', () => {
  it('registers the customer once and leaves the password that is there', async () => {
    const customer = { email: ' Ada@Example.com', name: 'Ada', password: 'first password', passwordCost };
    expect(await seedCustomer(db, customer)).toBe(true);
    expect(await seedCustomer(db, { ...customer, password: 'another password' })).toBe(false);
    const user = await db.user.findUniqueOrThrow({ where: { email: 'ada@example.com' } });
    expect(await verifyPassword('first password', user.passwordHash)).toBe(true);
  });
});
