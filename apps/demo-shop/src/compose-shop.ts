import { createHmac } from 'node:crypto';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import { OpenFeature } from '@openfeature/server-sdk';
import express, { Router } from 'express';
import pg from 'pg';
import type { Logger } from 'pino';
import { createMainClient, createPool, createSessionsClient } from '@switchyard/databases';
import { databaseFlagProvider, moveFlags, postgresFlagSource } from '@switchyard/flags';
import { createRoutedClient } from '@switchyard/router';
import { checkReadiness } from './check-readiness.ts';
import { composeSessions } from './compose-sessions.ts';
import type { ShopConfig } from './config.ts';
import { createInternalRouter } from './internal-router.ts';
import { composeOps } from './ops/compose-ops.ts';
import type { DevControls } from './ops/dev-controls.ts';
import { createRequestTracker } from './request-tracker.ts';
import { sessionModelGuard } from './session-model-guard.ts';
import { createShopApp } from './shop/create-shop-app.ts';
import type { ShopDependencies } from './shop/shop-dependencies.ts';
import { shopRouters } from './shop-routers.ts';
import { createLogger } from './telemetry/create-logger.ts';
import { metricsRouter } from './telemetry/metrics-router.ts';
import { observeRequests } from './telemetry/observe-requests.ts';
import { shopMetrics } from './telemetry/shop-metrics.ts';

export interface Shop {
  readonly app: RequestListener;
  /** Answers `/metrics` alone, to anybody: for a port of its own. */
  readonly metrics: RequestListener;
  /** From here on the shop says that it is not ready. It goes on serving. */
  stopping(): void;
  /** Closes every connection. Call it when no request is under way any more. */
  close(): Promise<void>;
}

export interface ShopExtras {
  /** The folder that has `views` and `assets`. */
  readonly programFolder: string;
  readonly version: string;
  readonly demoCustomer?: ShopDependencies['demoCustomer'];
  /** What may be broken on purpose, where `npm run dev` has started this. */
  readonly devControls?: DevControls;
  /** Default is stdout, as the configuration has it. */
  readonly logger?: Logger;
}

/** Connects everything: this is where databases, flags, router, sessions and shop meet. */
export async function composeShop(config: ShopConfig, extras: ShopExtras): Promise<Shop> {
  const logger = extras.logger ?? createLogger(config);
  const metrics = shopMetrics();
  const pools = {
    main: createPool(config.mainUrl, { max: config.connections, applicationName: 'shop' }),
    sessions: createPool(config.sessionsUrl, { max: config.connections, applicationName: 'shop' }),
  };
  const oldSessions =
    config.oldSessionsUrl === config.mainUrl
      ? pools.main
      : createPool(config.oldSessionsUrl, { max: config.connections, applicationName: 'shop' });
  const clients = { main: createMainClient(pools.main), sessions: createSessionsClient(pools.sessions) };

  const domain = `shop-${process.pid}`;
  const source = postgresFlagSource({
    pool: pools.main,
    createListener: () => new pg.Client({ connectionString: config.mainDirectUrl, application_name: 'shop flags' }),
  });
  await OpenFeature.setProviderAndWait(domain, databaseFlagProvider({ source, delayMs: config.flagDelayMs }));
  const flags = moveFlags(OpenFeature.getClient(domain));

  const requests = createRequestTracker(flags);
  const sessions = await composeSessions(config, {
    pools: { main: oldSessions, sessions: pools.sessions },
    flags,
    logger,
    metrics: metrics.sessions,
  });
  metrics.gauges({
    pools: { ...pools, ...(oldSessions !== pools.main && { old_sessions: oldSessions }) },
    flags: () => flags.read(),
    isMoving: () => sessions.isMoving(),
    highestEpoch: () => sessions.highestEpoch(),
    version: extras.version,
  });
  let isStopping = false;

  const ops =
    config.opsToken === undefined
      ? undefined
      : composeOps({
          token: config.opsToken,
          urls: { old: config.oldSessionsUrl, new: config.sessionsUrl },
          flagsUrl: config.mainUrl,
          secrets: config.secrets.map((secret) => derive(secret, 'console')),
          secureCookies: config.secureCookies,
          logger,
          programFolder: extras.programFolder,
          // Nothing is broken on purpose where real shoppers shop.
          controls: config.production ? undefined : extras.devControls,
        });

  const db = createRoutedClient({
    clients,
    default: 'main',
    routers: shopRouters(() => flags.current().newDbRouterFlag),
    guards: [
      sessionModelGuard({
        isMoving: () => sessions.isMoving(),
        hasSwitched: () => sessions.hasSwitched(),
        isRouted: () => flags.current().newDbRouterFlag,
      }),
    ],
  });

  const app = createShopApp({
    db,
    sessions: (onError) => Router().use(requests.middleware, sessions.middleware(onError)),
    csrfSecrets: config.secrets.map((secret) => derive(secret, 'forms')),
    secureCookies: config.secureCookies,
    logger,
    version: extras.version,
    viewsFolder: path.join(extras.programFolder, 'views'),
    assetsFolder: path.join(extras.programFolder, 'assets'),
    readiness: async () =>
      isStopping
        ? { isReady: false, checks: { process: 'stopping' } }
        : checkReadiness({ pools, sessions: sessions.databases, logger }),
    opsRouters: [
      ...(ops === undefined ? [] : [{ path: '/ops', router: ops.router }]),
      ...(config.token === undefined
        ? []
        : [{ path: '/internal', router: createInternalRouter(config.token, flags, requests) }]),
      ...(config.metrics === undefined && (!config.production || config.token !== undefined)
        ? [
            {
              path: '/',
              router: metricsRouter(metrics.registry, { token: config.production ? config.token : undefined }),
            },
          ]
        : []),
    ],
    ...(extras.demoCustomer !== undefined && { demoCustomer: extras.demoCustomer }),
    // A rehearsal logs hundreds of shoppers in from one address.
    ...(!config.production && { passwordCost: { log2N: 12, r: 8, p: 1 } }),
  });
  app.set('trust proxy', config.trustedProxies);

  return {
    app: observeRequests(app, metrics.requests),
    metrics: express()
      .disable('x-powered-by')
      .use(metricsRouter(metrics.registry, { token: undefined })),
    stopping: () => {
      isStopping = true;
    },
    close: async () => {
      await ops?.close();
      await sessions.close();
      await OpenFeature.clearProviders();
      await db.$disconnect();
      await Promise.all([...new Set([pools.main, pools.sessions, oldSessions])].map((pool) => pool.end()));
    },
  };
}

/** One secret, a key for each purpose. */
const derive = (secret: string, purpose: string): string =>
  createHmac('sha256', secret).update(purpose).digest('base64url');
