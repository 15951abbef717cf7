import { z } from 'zod';
import { ConfigError } from './config-error.ts';

export { ConfigError };

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().int().min(1);

const environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  MAIN_DATABASE_URL: z.string().min(1),
  SESSIONS_DATABASE_URL: z.string().min(1),
  /** The main database as sessions reach it, if that is not the way of everything else. */
  OLD_SESSIONS_DATABASE_URL: z.string().min(1).optional(),
  /** Past a transaction pooler, for LISTEN; by default the URL above. */
  MAIN_DIRECT_URL: z.string().min(1).optional(),
  SESSIONS_DIRECT_URL: z.string().min(1).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** In front of every key in Redis. */
  REDIS_PREFIX: z.string().default('shop:'),
  /** redis, memory (one process only) or off; by default what there is. */
  SESSION_CACHE: z.enum(['redis', 'memory', 'off']).optional(),
  SESSION_TTL_SECONDS: seconds.default(1_209_600),
  /** For signing forms; separated by commas, each of 16 characters or more. The first signs, all verify. */
  SHOP_SECRETS: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.string().min(16)).min(1)),
  /** Lets an operator ask the process for its state; without one it cannot be asked. */
  SWITCHYARD_TOKEN: z.string().min(16).optional(),
  /** Lets operators into the console at /ops; without one there is none, and in production no shop. */
  OPS_TOKEN: z.string().min(16).optional(),
  /** Takes note of a flag's change this much later: for rehearsals. */
  SWITCHYARD_FLAG_DELAY_MS: z.coerce.number().int().min(0).default(0),
  /** A module whose `createStore` makes another session store over the two databases: for rehearsals. */
  SWITCHYARD_STORE_MODULE: z.string().min(1).optional(),
  /** Served over https: cookies are never sent over anything else. By default in production. */
  SECURE_COOKIES: z.stringbool().optional(),
  /** How many proxies in front of the shop are trusted to say who a request is from. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(1).default(10),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** By default json in production, else pretty. */
  LOG_FORMAT: z.enum(['json', 'pretty']).optional(),
  /** Serves /metrics on a port of its own, to anybody who reaches that; by default on the shop's. */
  METRICS_PORT: port.optional(),
  /** Of that port. By default HOST. */
  METRICS_HOST: z.string().min(1).optional(),
  /** Between "not ready" and the end of accepting: for a load balancer to take note. */
  SHUTDOWN_DELAY_SECONDS: z.coerce.number().min(0).default(0),
  /** How long requests under way may take to finish then. */
  SHUTDOWN_TIMEOUT_SECONDS: z.coerce.number().min(0).default(10),
});

export interface ShopConfig {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly mainUrl: string;
  readonly sessionsUrl: string;
  readonly oldSessionsUrl: string;
  readonly oldSessionsDirectUrl: string;
  readonly mainDirectUrl: string;
  readonly sessionsDirectUrl: string;
  readonly redisUrl: string | undefined;
  readonly redisPrefix: string;
  readonly cache: 'redis' | 'memory' | 'off';
  readonly sessionTtlMs: number;
  readonly secrets: readonly string[];
  readonly token: string | undefined;
  readonly opsToken: string | undefined;
  readonly flagDelayMs: number;
  readonly storeModule: string | undefined;
  readonly secureCookies: boolean;
  readonly trustedProxies: number;
  readonly connections: number;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  /** `undefined`: on the shop's own port. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  readonly shutdownDelayMs: number;
  readonly shutdownTimeoutMs: number;
}

/** @throws {ConfigError} */
export function readConfig(variables: NodeJS.ProcessEnv): ShopConfig {
  // A variable that is set to nothing is not set.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) =>
        given[String(path[0])] === undefined ? `${String(path[0])} is not set` : `${String(path[0])}: ${message}`,
      ),
    );
  const values = parsed.data;
  const production = values.NODE_ENV === 'production';
  if (production && values.OPS_TOKEN === undefined)
    throw new ConfigError(
      ['OPS_TOKEN is not set: without one nobody can reach the console at /ops. Draw one: openssl rand -base64 24'],
      'OPS_TOKEN_MISSING',
    );
  const cache = values.SESSION_CACHE ?? (values.REDIS_URL === undefined ? 'memory' : 'redis');
  if (cache === 'redis' && values.REDIS_URL === undefined)
    throw new ConfigError(['REDIS_URL is not set, but SESSION_CACHE is redis']);
  return {
    production,
    host: values.HOST,
    port: values.PORT,
    mainUrl: values.MAIN_DATABASE_URL,
    sessionsUrl: values.SESSIONS_DATABASE_URL,
    oldSessionsUrl: values.OLD_SESSIONS_DATABASE_URL ?? values.MAIN_DATABASE_URL,
    oldSessionsDirectUrl: values.OLD_SESSIONS_DATABASE_URL ?? values.MAIN_DIRECT_URL ?? values.MAIN_DATABASE_URL,
    mainDirectUrl: values.MAIN_DIRECT_URL ?? values.MAIN_DATABASE_URL,
    sessionsDirectUrl: values.SESSIONS_DIRECT_URL ?? values.SESSIONS_DATABASE_URL,
    redisUrl: values.REDIS_URL,
    redisPrefix: values.REDIS_PREFIX,
    cache,
    sessionTtlMs: values.SESSION_TTL_SECONDS * 1_000,
    secrets: values.SHOP_SECRETS,
    token: values.SWITCHYARD_TOKEN,
    opsToken: values.OPS_TOKEN,
    flagDelayMs: values.SWITCHYARD_FLAG_DELAY_MS,
    storeModule: values.SWITCHYARD_STORE_MODULE,
    secureCookies: values.SECURE_COOKIES ?? production,
    trustedProxies: values.TRUSTED_PROXIES,
    connections: values.DATABASE_CONNECTIONS,
    logLevel: values.LOG_LEVEL,
    logFormat: values.LOG_FORMAT ?? (production ? 'json' : 'pretty'),
    metrics:
      values.METRICS_PORT === undefined
        ? undefined
        : { host: values.METRICS_HOST ?? values.HOST, port: values.METRICS_PORT },
    shutdownDelayMs: values.SHUTDOWN_DELAY_SECONDS * 1_000,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_SECONDS * 1_000,
  };
}
