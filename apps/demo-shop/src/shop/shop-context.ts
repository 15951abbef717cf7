import type { Request } from 'express';
import type { Assets } from './assets.ts';
import type { Csrf } from './csrf.ts';
import type { LoginThrottle } from './login-throttle.ts';
import type { Customer } from './customer.ts';
import type { PasswordCost } from './passwords.ts';
import type { ShopDatabase } from './shop-database.ts';
import type { ShowPage } from './show-page.ts';
import type { ShowPart } from './show-part.ts';

/** What the routes share. */
export interface ShopContext {
  readonly db: ShopDatabase;
  readonly assets: Assets;
  readonly csrf: Csrf;
  readonly throttle: LoginThrottle;
  readonly passwordCost: PasswordCost;
  readonly demoCustomer: { readonly email: string; readonly password: string } | undefined;
  readonly showPage: ShowPage;
  readonly showPart: ShowPart;
  /** Who is logged in; asked of the database once per request. */
  readonly customerOf: (request: Request) => Promise<Customer | null>;
}
