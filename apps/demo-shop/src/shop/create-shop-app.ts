import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { createAssets } from './assets.ts';
import { createCsrf } from './csrf.ts';
import { createCustomerOf } from './customer.ts';
import { logRequests } from './log-requests.ts';
import { createLoginThrottle } from './login-throttle.ts';
import { packagedAssets } from './packaged-assets.ts';
import { DEFAULT_PASSWORD_COST } from './passwords.ts';
import { basketRoutes } from './routes/basket-routes.ts';
import { catalogueRoutes } from './routes/catalogue-routes.ts';
import { categoryRoutes } from './routes/category-routes.ts';
import { checkoutRoutes } from './routes/checkout-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { loginRoutes } from './routes/login-routes.ts';
import { orderRoutes } from './routes/order-routes.ts';
import { registerRoutes } from './routes/register-routes.ts';
import { searchRoutes } from './routes/search-routes.ts';
import { securityHeaders } from './security-headers.ts';
import type { ShopContext } from './shop-context.ts';
import type { ShopDependencies } from './shop-dependencies.ts';
import { ShopError } from './shop-error.ts';
import { createShowPage } from './show-page.ts';
import { createShowPart } from './show-part.ts';
import { createShowProblem } from './show-problem.ts';
import { createTemplates } from './templates.ts';

const BODY_LIMIT = '16kb';

/**
 * The shop as an express app, ready to listen. It opens and closes nothing: databases, sessions and the logger are the
 * caller's.
 *
 * @throws {TypeError} when `csrfSecrets` is empty or has a short one
 */
export function createShopApp(dependencies: ShopDependencies): Express {
  const { db, logger, version, secureCookies } = dependencies;
  const assets = createAssets(dependencies.assetsFolder, packagedAssets(dependencies.assetsFolder));
  const templates = createTemplates(dependencies.viewsFolder);
  const csrf = createCsrf({ secrets: dependencies.csrfSecrets, secureCookies });
  const customerOf = createCustomerOf(db);
  const showProblem = createShowProblem({ templates, assets, version, logger });
  const frame = { templates, assets, csrf, version, customerOf };
  const shop: ShopContext = {
    db,
    assets,
    csrf,
    customerOf,
    throttle: dependencies.loginThrottle ?? createLoginThrottle(),
    passwordCost: dependencies.passwordCost ?? DEFAULT_PASSWORD_COST,
    demoCustomer: dependencies.demoCustomer,
    showPage: createShowPage(frame),
    showPart: createShowPart(frame),
  };

  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  // Pages are never twice the same: the token of their forms changes its looks.
  app.set('etag', false);
  app.use(logRequests(logger), securityHeaders(secureCookies));
  app.use('/assets', assets.serve);
  app.get('/favicon.ico', (_request, response) => response.redirect(301, assets.href('favicon.svg')));
  app.use(healthRoutes(dependencies.readiness));
  for (const { path, router } of dependencies.opsRouters ?? []) app.use(path, router);

  app.use(dependencies.sessions(showProblem));
  app.use(express.urlencoded({ extended: false, limit: BODY_LIMIT, parameterLimit: 50 }));
  app.use(express.json({ limit: BODY_LIMIT }));
  app.use(csrf.protect);
  // Pages show the basket: going back asks again. Some routes ask for more.
  app.use((_request: Request, response: Response, next: NextFunction) => {
    response.set('Cache-Control', 'no-cache');
    next();
  });
  app.use(catalogueRoutes(shop), categoryRoutes(shop), searchRoutes(shop));
  app.use(basketRoutes(shop), checkoutRoutes(shop), orderRoutes(shop));
  app.use(loginRoutes(shop), registerRoutes(shop));

  app.use((_request: Request, _response: Response, next: NextFunction) => next(new ShopError('PAGE_UNKNOWN')));
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    // Too late for a page: express cuts the connection off.
    if (response.headersSent) return next(error);
    return showProblem(error, request, response);
  });
  return app;
}
