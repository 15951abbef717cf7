import type { SessionErrorHandler } from '@switchyard/session-backends/express';
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Logger } from 'pino';
import type { LoginThrottle } from './login-throttle.ts';
import type { PasswordCost } from './passwords.ts';
import type { ShopDatabase } from './shop-database.ts';

export interface ShopDependencies {
  readonly db: ShopDatabase;
  /**
   * Makes the middleware that puts a `Session` on `request.session` and saves it before the response is sent. Where it
   * cannot be saved, `onError` answers instead of the shop.
   */
  readonly sessions: (onError: SessionErrorHandler<Request, Response>) => RequestHandler;
  /** The first signs, all verify; each of 16 characters or more. */
  readonly csrfSecrets: readonly string[];
  /** Whether the shop is served over https: cookies are then never sent over anything else. */
  readonly secureCookies: boolean;
  readonly logger: Logger;
  /** Shown at the foot of every page. */
  readonly version: string;
  /** The `views` folder beside the program that runs: `src/views` or `dist/views`. */
  readonly viewsFolder: string;
  /** The `assets` folder likewise. */
  readonly assetsFolder: string;
  /** Answers `/readyz`. */
  readonly readiness: () => Promise<Readiness>;
  /** Mounted ahead of sessions and forms, so that operators are served while those are out of order. */
  readonly opsRouters?: readonly { readonly path: string; readonly router: Router }[];
  /** Shown on the login page. For development only. */
  readonly demoCustomer?: { readonly email: string; readonly password: string };
  /** Default is {@link createLoginThrottle} with its defaults. */
  readonly loginThrottle?: LoginThrottle;
  /** For passwords set from now on. Default is some 200 ms of one core. */
  readonly passwordCost?: PasswordCost;
}

export interface Readiness {
  readonly isReady: boolean;
  /** By the name of what was asked, for instance `{ main: 'ok', sessions: 'unreachable' }`. Never a secret or a URL. */
  readonly checks: Readonly<Record<string, string>>;
}
