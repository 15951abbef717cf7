import pg from 'pg';
import { urlVariable, type Alias } from './aliases.ts';
import { DatabaseError } from './database-error.ts';

export interface PoolOptions {
  /** Connections at most. Default is 10. */
  readonly max?: number;
  /** How long to wait for a connection. Default is 3,000 ms. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may run at the server. Default is 10,000 ms; 0 is no limit. */
  readonly statementTimeoutMs?: number;
  /** Shown in pg_stat_activity. Default is "switchyard". */
  readonly applicationName?: string;
}

const ignore = (): void => undefined;

/**
 * A pool that both the Prisma client and hand-written SQL use. A connection that breaks while idle is dropped from the
 * pool and replaced at the next query; it is not an error of anybody's.
 */
export function createPool(url: string, options: PoolOptions = {}): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 3_000,
    application_name: options.applicationName ?? 'switchyard',
    // Half a second more than the server's own limit, for a server that has stopped answering.
    ...(statementTimeoutMs > 0 && { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + 500 }),
    keepAlive: true,
  });
  pool.on('error', ignore);
  // While a connection is in somebody's hands the pool does not listen to it, and one that breaks just then would end the
  // process. Whoever has it learns from the next query.
  pool.on('connect', (client) => void client.on('error', ignore));
  return pool;
}

/** One connection that stays, such as LISTEN needs; not through PgBouncer. */
export const createClient = (url: string, applicationName = 'switchyard'): pg.Client =>
  new pg.Client({ connectionString: url, application_name: applicationName, connectionTimeoutMillis: 3_000 });

/** @throws {DatabaseError} URL_INVALID, naming the variable and not showing the URL: it may hold a password */
export function checkUrl(alias: Alias, url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.pathname.length < 2)
    throw new DatabaseError(
      'URL_INVALID',
      `${urlVariable(alias)} is not a PostgreSQL URL. It should look like postgres://user:password@host:5432/database.`,
    );
  return parsed;
}

const NETWORK_CODES = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'ECONNRESET', 'EAI_AGAIN']);

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
};

/** The failure to connect as a message that an operator can act on. */
export function explainConnectFailure(alias: Alias, url: URL, error: unknown): DatabaseError {
  const where = `${url.hostname}:${url.port || '5432'}`;
  const variable = urlVariable(alias);
  const code = codeOf(error);
  const cause = { cause: error };
  if (code === '28P01' || code === '28000')
    return new DatabaseError(
      'LOGIN_REFUSED',
      `PostgreSQL at ${where} refused the login in ${variable}. Check its user and password.`,
      cause,
    );
  if (code === '3D000')
    return new DatabaseError(
      'DATABASE_MISSING',
      `PostgreSQL at ${where} has no database "${url.pathname.slice(1)}" (${variable}). Create it, or correct the URL.`,
      cause,
    );
  const why = NETWORK_CODES.has(code) ? ` (${code})` : error instanceof Error ? ` (${error.message})` : '';
  return new DatabaseError(
    'SERVER_UNREACHABLE',
    `No PostgreSQL answers at ${where}${why}. Start it, correct ${variable}, or unset it to use the embedded server.`,
    cause,
  );
}

/** @throws {DatabaseError} NOT_MIGRATED */
export async function checkMigrated(alias: Alias, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ found: boolean }>(`select to_regclass('session_fence') is not null as found`);
    if (rows[0]?.found !== true)
      throw new DatabaseError(
        'NOT_MIGRATED',
        `The database "${alias}" has no tables yet. Run: npx switchyard migrate ${alias} --database ${alias}`,
      );
  } finally {
    await client.end();
  }
}

/** Opens one connection and closes it. @throws {DatabaseError} what to do about it */
export async function checkConnection(alias: Alias, url: string): Promise<void> {
  const parsed = checkUrl(alias, url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    throw explainConnectFailure(alias, parsed, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
