import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../shop/describe-error.ts';
import { ShopError } from '../shop/shop-error.ts';
import type { OpsAccess } from './access/ops-access.ts';
import { isSameOrigin } from './access/same-origin.ts';
import type { Actions } from './actions/create-actions.ts';
import { sayFailure } from './actions/say-failure.ts';
import type { DevControls } from './dev-controls.ts';
import { streamEvents } from './event-stream.ts';
import type { OpsAssets } from './ops-assets.ts';
import { opsHeaders } from './ops-headers.ts';
import type { OpsTemplates } from './present/ops-templates.ts';
import { actionRoutes } from './routes/action-routes.ts';
import { createBenchRouter } from './routes/bench-router.ts';
import { loginRoutes, onlyOperators } from './routes/login-routes.ts';
import { createOpsPages } from './routes/ops-pages.ts';
import type { StatusFeed } from './status/status-feed.ts';

export interface OpsRouterOptions {
  readonly access: OpsAccess;
  readonly feed: StatusFeed;
  readonly actions: Actions;
  readonly templates: OpsTemplates;
  readonly assets: OpsAssets;
  readonly secureCookies: boolean;
  readonly logger: Logger;
  /** In development only: what may be broken. */
  readonly controls?: DevControls | undefined;
}

const BODY_LIMIT = '4kb';

/** The console, to be mounted at /ops: a login, one page, its live events, and what an operator may do. */
export function createOpsRouter(options: OpsRouterOptions): Router {
  const { access, feed, actions, assets, logger, controls } = options;
  const pages = createOpsPages({ ...options, hasBench: controls !== undefined });
  const router = Router();

  router.use(opsHeaders(options.secureCookies));
  router.use('/assets', assets.router);
  router.use(express.urlencoded({ extended: false, limit: BODY_LIMIT, parameterLimit: 20 }));
  router.use((request, response, next) => {
    if (request.method === 'POST' && !isSameOrigin(request)) response.status(403).type('text').send('Not from here.');
    else next();
  });
  router.use(loginRoutes(access, pages, logger));

  router.use(onlyOperators(access));
  router.post('/logout', (_request, response) => {
    access.logOut(response);
    response.redirect(303, '/ops/login');
  });
  router.get('/events', (request, response) => {
    const mayLook = (): boolean => access.operatorOf(request) !== undefined;
    streamEvents(request, response, { feed, panelsOf: pages.panelsOf, mayLook });
  });
  router.use(actionRoutes({ access, actions, pages, logger }));
  if (controls !== undefined) router.use('/bench', createBenchRouter(controls));

  router.use((_request: Request, response: Response) => {
    response.status(404).type('text').send('There is no such page: /ops');
  });
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    const refused = refusedWith(error);
    if (refused === undefined) logger.error(describeError(error), 'the console failed');
    const words = refused === undefined ? sayFailure(error) : 'This cannot be read: it is no form of the console.';
    response
      .status(refused ?? 500)
      .type('text')
      .send(words);
  });
  return router;
}

/** What express, its parsers and the fields' readers refuse; `undefined`: a fault. */
function refusedWith(error: unknown): number | undefined {
  if (error instanceof ShopError) return 400;
  const { status } = (error ?? {}) as { readonly status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
