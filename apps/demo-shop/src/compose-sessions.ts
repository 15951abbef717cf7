import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { Redis } from 'ioredis';
import pg, { type Pool } from 'pg';
import type { Logger } from 'pino';
import { createPool, type Alias } from '@switchyard/databases';
import type { MoveFlags } from '@switchyard/flags';
import {
  cachedStore,
  createSessions,
  memoryCache,
  pgExecutor,
  pgListen,
  postgresCacheRegister,
  sharedRedisCache,
  tracedCache,
  twoDatabaseStore,
  type CacheRegister,
  type SessionCache,
  type SessionStore,
  type SqlExecutor,
  type TwoDatabaseStore,
  type TwoDatabaseStoreOptions,
} from '@switchyard/session-backends';
import { sessionMiddleware, type SessionErrorHandler } from '@switchyard/session-backends/express';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { pgMoveDatabase, siteMeter, startHeartbeat } from '@switchyard/session-move';
import { NOBODYS_KEYS } from './check-readiness.ts';
import type { ShopConfig } from './config.ts';
import type { SessionMetrics } from './telemetry/session-metrics.ts';

export interface SessionParts {
  readonly pools: Readonly<Record<Alias, Pool>>;
  readonly flags: MoveFlags;
  readonly logger: Logger;
  readonly metrics: SessionMetrics;
}

export interface ComposedSessions {
  /** What the middleware uses, without the cache. */
  readonly databases: SessionStore;
  middleware(onError: SessionErrorHandler<Request, Response>): RequestHandler;
  /** Whether a fenced move has claimed the new database, as far as this process knows. */
  isMoving(): boolean;
  /** Whether sessions have been seen to be served by the new database. */
  hasSwitched(): boolean;
  /** The highest epoch that has been seen to serve; 0 at the start. */
  highestEpoch(): number;
  /** Lets writes of requests whose visitors have gone finish first, for a moment. */
  close(): Promise<void>;
}

/** How often copies that are owed to the other database are tried again, and it is found out who serves which sessions. */
const UPKEEP_MS = 1_000;

/** The sessions of the shop: a cookie, a cache, and the two databases that they live in, by the flags. */
export async function composeSessions(
  config: ShopConfig,
  { pools, flags, logger, metrics }: SessionParts,
): Promise<ComposedSessions> {
  // Operators see each process, what it takes to serve its sessions, and in which epoch it does.
  const meter = siteMeter();
  const heartbeat = startHeartbeat({
    databases: [pgMoveDatabase(pools.main), pgMoveDatabase(pools.sessions)],
    meter,
    role: 'shop',
  });
  const executors: Readonly<Record<SiteName, SqlExecutor>> = {
    old: pgExecutor(pools.main, { database: 'old' }),
    new: pgExecutor(pools.sessions, { database: 'new' }),
  };
  const site: TwoDatabaseStoreOptions['site'] = (name, standalone) =>
    metrics.site(meter.watch(postgresSite({ name, executor: executors[name], standalone })), standalone);
  const databases =
    config.storeModule === undefined
      ? twoDatabaseStore({
          site,
          flags: () => flags.current(),
          onMirrorFailure: ({ to }) => {
            metrics.onMirrorFailure(to);
            logger.warn({ store: to }, 'a session could not be copied to the other database yet');
          },
          onBounce: metrics.onBounce,
        })
      : await storeOf(config.storeModule, {
          old: fencedStore({ sites: [site('old', true)] }),
          new: fencedStore({ sites: [site('new', true)] }),
          flags: () => flags.current(),
        });
  const upkeep = setInterval(() => {
    void databases.repair();
    // So that a process that has nothing to do hears of a switch while both databases are there, and not when the one
    // that was left has gone.
    if (databases.isClaimed()) void databases.load(NOBODYS_KEYS);
  }, UPKEEP_MS);
  upkeep.unref();

  const { cache, close } = openCache(config, logger);
  const store =
    cache === undefined
      ? databases
      : cachedStore({ store: databases, cache: meter.watchCache(tracedCache(metrics.cache(cache))) });
  const sessions = createSessions({
    store: metrics.store(store),
    ttlMs: config.sessionTtlMs,
    onEvent: metrics.onEvent,
  });
  return {
    databases,
    middleware: (onError) =>
      sessionMiddleware({ sessions, cookie: { name: 'shop.sid', secure: config.secureCookies }, onError }),
    isMoving: () => databases.isClaimed(),
    hasSwitched: () => databases.isClaimed() && meter.highestEpoch() > 1,
    highestEpoch: () => meter.highestEpoch(),
    close: async () => {
      clearInterval(upkeep);
      await untilQuiet(metrics);
      await Promise.all([close(), heartbeat.close()]);
    },
  };
}

/** Between the statements of one save there are pauses, when others write the same session. */
const QUIET_FOR_MS = 50;
const QUIET_WITHIN_MS = 2_000;

/** Nobody waits for the answers any more, but what was begun is to be finished. */
async function untilQuiet({ underWay }: SessionMetrics): Promise<void> {
  const giveUpAt = performance.now() + QUIET_WITHIN_MS;
  for (let quiet = 0; quiet < 2 && performance.now() < giveUpAt; await sleep(QUIET_FOR_MS))
    quiet = underWay() === 0 ? quiet + 1 : 0;
}

/** A store that knows nothing of moves by fences, and owes nothing. */
async function storeOf(module: string, parts: StoreParts): Promise<TwoDatabaseStore> {
  const { createStore } = (await import(module)) as { createStore: (parts: StoreParts) => SessionStore };
  const repair = async (): ReturnType<TwoDatabaseStore['repair']> => ({ repaired: 0, left: 0, dropped: 0 });
  return {
    ...createStore(parts),
    notice: () => undefined,
    noticeFence: () => undefined,
    isClaimed: () => false,
    repair,
  };
}

interface StoreParts {
  readonly old: SessionStore;
  readonly new: SessionStore;
  readonly flags: () => { readonly migrationFlag: boolean; readonly newDbRouterFlag: boolean };
}

function openCache(
  config: ShopConfig,
  logger: Logger,
): { cache: SessionCache | undefined; close: () => Promise<void> } {
  const nothing = async (): Promise<void> => undefined;
  if (config.cache === 'off') return { cache: undefined, close: nothing };
  if (config.cache === 'memory') return { cache: memoryCache(), close: nothing };
  const redis = new Redis(config.redisUrl as string, {
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    retryStrategy: (tries) => Math.min(tries * 50, 1_000),
    // The cache makes a connection of its own, alike.
    lazyConnect: true,
  });
  const registers = [
    openRegister(config.oldSessionsUrl, config.oldSessionsDirectUrl),
    openRegister(config.sessionsUrl, config.sessionsDirectUrl),
  ];
  const cache = sharedRedisCache({
    redis,
    // One in each database that sessions may be in: each of them may be away.
    registers: registers.map(({ register }) => register),
    prefix: config.redisPrefix,
    onError: onceInAWhile((error) =>
      logger.warn(
        { fault: error instanceof Error ? error.message : 'unknown' },
        'the session cache has a fault: while it cannot be used, sessions are read from the database',
      ),
    ),
  });
  return {
    cache,
    close: async () => {
      await cache.close();
      await Promise.all(registers.map(({ pool }) => pool.end()));
    },
  };
}

/** On connections of its own: were it to queue behind requests, a busy shop would lose its cache, and be busier. */
function openRegister(url: string, directUrl: string): { register: CacheRegister; pool: Pool } {
  const applicationName = 'shop cache';
  const connectTimeoutMs = 2_000;
  const pool = createPool(url, { max: 2, connectTimeoutMs, statementTimeoutMs: 2_000, applicationName });
  const newClient = (): pg.Client =>
    new pg.Client({
      connectionString: directUrl,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
    });
  return { register: postgresCacheRegister({ executor: pgExecutor(pool), listen: pgListen(newClient) }), pool };
}

/** A server that is away is tried again several times a second. */
const QUIET_MS = 30_000;

function onceInAWhile(report: (error: unknown) => void): (error: unknown) => void {
  let quietUntil = 0;
  return (error) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + QUIET_MS;
    report(error);
  };
}
