import type { MainClient } from '@switchyard/databases';
import type { TestClients } from './open-clients.ts';

/** What is in the two databases with the main schema before each test: a product and a user named after the database. */
export async function seed({ main, other }: TestClients): Promise<void> {
  await Promise.all([seedOne(main, 'main'), seedOne(other, 'other')]);
}

async function seedOne(client: MainClient, alias: string): Promise<void> {
  await client.$executeRaw`truncate "order_line", "order", "product", "user", "session" restart identity cascade`;
  await client.product.create({ data: product('1', { name: alias }) });
  await client.user.create({ data: user('1', alias) });
}

/** A product's row; its id is chosen by the database, from 1. */
export function product(slug: string, { name = slug, priceCents = 100 } = {}) {
  return { slug, name, priceCents, description: '', category: 'book', picture: 'none.svg' };
}

/** A user's row. */
export function user(key: string, name = key) {
  return { email: `${key}@example.com`, name, passwordHash: 'none' };
}

/** An order's row. */
export function order(checkoutKey: string) {
  return { checkoutKey, email: 'a@example.com', name: 'A', address: 'B', totalCents: 100 };
}

/** The slugs and names of each database's products, as `1:main 2:new`. */
export async function products({ main, other }: TestClients): Promise<{ main: string; other: string }> {
  const list = async (client: MainClient): Promise<string> =>
    (await client.product.findMany({ orderBy: { slug: 'asc' } })).map(({ slug, name }) => `${slug}:${name}`).join(' ');
  return { main: await list(main), other: await list(other) };
}
