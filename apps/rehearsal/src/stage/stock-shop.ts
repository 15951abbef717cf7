import { randomBytes, scryptSync } from 'node:crypto';
import type { Pool } from 'pg';

export interface Stock {
  readonly productIds: readonly string[];
  /** One for each shopper. */
  readonly accounts: readonly { readonly email: string; readonly password: string }[];
}

const PRODUCTS = 24;
const LOG2_N = 8;

/** Puts products on the shelves and registers every shopper. */
export async function stockShop(main: Pool, shoppers: number): Promise<Stock> {
  const password = randomBytes(12).toString('base64url');
  const { rows: products } = await main.query<{ id: number }>(
    `insert into product (slug, name, description, category, price_cents, picture)
     select 'thing-' || n, 'Thing ' || n, 'For rehearsals.', 'Things', 100 * n, 'none.svg' from generate_series(1, $1::int) as n
     returning id`,
    [PRODUCTS],
  );
  const { rows: users } = await main.query<{ email: string }>(
    `insert into "user" (id, email, name, password_hash)
     select gen_random_uuid(), 'shopper-' || n || '@example.com', 'Shopper ' || n, $2 from generate_series(1, $1::int) as n
     returning email`,
    [shoppers, hash(password)],
  );
  return {
    productIds: products.map(({ id }) => String(id)),
    accounts: users.map(({ email }) => ({ email, password })),
  };
}

/** As the shop keeps passwords, at a hundredth of the cost: a rehearsal is about sessions, and hashing would be most of its work. */
function hash(password: string): string {
  const salt = randomBytes(16);
  const key = scryptSync(password, salt, 32, { N: 2 ** LOG2_N, r: 8, p: 1 });
  return `$scrypt$ln=${LOG2_N},r=8,p=1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}
