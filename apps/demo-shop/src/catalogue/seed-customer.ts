import { hashPassword, type PasswordCost } from '../shop/passwords.ts';
import type { ShopDatabase } from '../shop/shop-database.ts';

export interface SeedCustomer {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  /** Default is the shop's own. */
  readonly passwordCost?: PasswordCost;
}

/** Registers a customer unless the address is taken; returns whether it did. A password once set is left alone. */
export async function seedCustomer(db: Pick<ShopDatabase, 'user'>, customer: SeedCustomer): Promise<boolean> {
  const email = customer.email.trim().toLowerCase();
  if ((await db.user.findUnique({ where: { email }, select: { id: true } })) !== null) return false;
  const passwordHash = await hashPassword(customer.password, customer.passwordCost);
  const { count } = await db.user.createMany({
    data: [{ email, name: customer.name, passwordHash }],
    skipDuplicates: true,
  });
  return count === 1;
}
