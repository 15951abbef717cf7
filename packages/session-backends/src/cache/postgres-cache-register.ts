import type { SqlExecutor, SqlRow } from '../sql-executor.ts';
import type { CacheEra, CacheRegister } from './cache-register.ts';

/** Calls back for each notification on a channel, until the returned function is called. */
export type Listen = (channel: string, onNotify: () => void) => Promise<() => Promise<void>>;

export interface PostgresCacheRegisterOptions {
  /** At the database that all processes of the application have in common. */
  readonly executor: SqlExecutor;
  /** One register for each cache. Default is "session-cache". */
  readonly name?: string;
  /** Needs a connection that stays, not one through PgBouncer. Default is none. */
  readonly listen?: Listen;
}

const CHANNEL = 'switchyard_cache';

/** Rows of `session_lease`: the token is the generation, the holder the cache's server, the expiry the end of its pause. */
const ERA = `token::float8 as generation, holder as server,
  greatest(0, ceil(extract(epoch from expires_at - clock_timestamp()) * 1000))::float8 as off_ms`;

const READ = `select ${ERA} from session_lease where name = $1`;

const PAUSE = `clock_timestamp() + $2 * interval '1 millisecond'`;

const RENEW = `with renewed as (
    insert into session_lease as l (name, holder, token, expires_at) values ($1, $3, 1, ${PAUSE})
    on conflict (name) do update set token = l.token + 1, holder = excluded.holder,
      expires_at = greatest(l.expires_at, excluded.expires_at)
    where $4::bigint is null or l.token = $4
    returning *)
  select ${ERA}, pg_notify('${CHANNEL}', $1) from renewed`;

const EXTEND = `update session_lease set expires_at = greatest(expires_at, ${PAUSE})
  where name = $1 and expires_at > clock_timestamp() returning ${ERA}`;

export function postgresCacheRegister(options: PostgresCacheRegisterOptions): CacheRegister {
  const { executor, name = 'session-cache', listen } = options;

  const query = async (statement: string, text: string, values: readonly unknown[]): Promise<CacheEra | undefined> => {
    const [row] = await executor.query(text, [name, ...values], { name: statement });
    return row && toEra(row);
  };

  const read = (): Promise<CacheEra | undefined> => query('sy_cache_read', READ, []);

  return {
    read,
    renew: async (server, offMs, seen) => {
      const era = (await query('sy_cache_renew', RENEW, [offMs, server, seen ?? null])) ?? (await read());
      if (era === undefined) throw new Error(`the row "${name}" of session_lease was deleted while it was in use`);
      return era;
    },
    extend: (offMs) => query('sy_cache_extend', EXTEND, [offMs]),
    ...(listen && { listen: (onRenewed) => listen(CHANNEL, onRenewed) }),
  };
}

const toEra = (row: SqlRow): CacheEra => ({
  generation: Number(row['generation']),
  server: String(row['server']),
  offMs: Number(row['off_ms']),
});
