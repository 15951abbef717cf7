import type { Request } from 'express';
import type { ShopDatabase } from './shop-database.ts';
import { customerIdOf, sessionOf } from './shop-session.ts';

export interface Customer {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** Finds who is logged in, once per request; `null` for a guest, and for an account that is no more. */
export function createCustomerOf(db: Pick<ShopDatabase, 'user'>): (request: Request) => Promise<Customer | null> {
  const asked = new WeakMap<Request, Promise<Customer | null>>();
  const ask = async (request: Request): Promise<Customer | null> => {
    const id = await customerIdOf(sessionOf(request));
    if (id === null) return null;
    return db.user.findUnique({ where: { id }, select: { id: true, email: true, name: true } });
  };
  return (request) => {
    const answer = asked.get(request) ?? ask(request);
    asked.set(request, answer);
    return answer;
  };
}
