import type { SqlExecutor, SqlRow } from '../sql-executor.ts';
import type { CacheEra, CacheRegister } from './cache-register.ts';

/** Calls back for each notification on a channel, until the returned function is called. */
export type Listen = (channel: string, onNotify: () => void) => Promise<() => Promise<void>>;

export interface PostgresCacheRegisterOptions {
  /** At a database that all processes of the application have in common. Its statements must end some time. */
  readonly executor: SqlExecutor;
  /** One register for each cache. Default is "session-cache". */
  readonly name?: string;
  /** Needs a connection that stays, not one through PgBouncer. Default is none. */
  readonly listen?: Listen;
}

const CHANNEL = 'switchyard_cache';

/** Rows of `session_lease`: the token is the generation, the holder the cache's server, the expiry the end of being off. */
const ERA = `token::float8 as generation, holder as server,
  greatest(0, ceil(extract(epoch from expires_at - clock_timestamp()) * 1000))::float8 as off_ms`;

const READ = `select ${ERA} from session_lease where name = $1`;

/**
 * Milliseconds since 1970, or the next number: a row that was deleted, or restored from a backup, does not lead back to
 * a generation that had its entries before.
 */
const BEGINNING = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
const NEXT = `greatest(l.token + 1, ${BEGINNING})`;

const UNTIL = `clock_timestamp() + $2 * interval '1 millisecond'`;

/** Selects what was begun, after telling everybody. */
const TOLD = `select ${ERA}, pg_notify('${CHANNEL}', $1) from begun`;

const SWITCH_OFF = `with begun as (
    insert into session_lease as l (name, holder, token, expires_at) values ($1, '', ${BEGINNING}, ${UNTIL})
    on conflict (name) do update set holder = '', token = case when l.holder = '' then l.token else ${NEXT} end,
      expires_at = case when l.holder = '' then greatest(l.expires_at, excluded.expires_at) else excluded.expires_at end
    returning *)
  ${TOLD}`;

const KEEP_OFF = `update session_lease set expires_at = greatest(expires_at, ${UNTIL})
  where name = $1 and holder = '' returning ${ERA}`;

const SWITCH_ON = `with begun as (
    update session_lease l set holder = $2, token = ${NEXT}, expires_at = clock_timestamp()
    where name = $1 and token = $3 and (holder <> '' or expires_at <= clock_timestamp())
    returning *)
  ${TOLD}`;

export function postgresCacheRegister(options: PostgresCacheRegisterOptions): CacheRegister {
  const { executor, name = 'session-cache', listen } = options;

  const query = async (statement: string, text: string, values: readonly unknown[]): Promise<CacheEra | undefined> => {
    const [row] = await executor.query(text, [name, ...values], { name: statement });
    return row && toEra(row);
  };

  const read = (): Promise<CacheEra | undefined> => query('sy_cache_read', READ, []);

  const orWhatIsThere = async (changed: Promise<CacheEra | undefined>): Promise<CacheEra> => {
    const era = (await changed) ?? (await read());
    if (era === undefined) throw new Error(`the row "${name}" of session_lease was deleted while it was in use`);
    return era;
  };

  return {
    read,
    switchOff: (offMs) => orWhatIsThere(query('sy_cache_off', SWITCH_OFF, [offMs])),
    keepOff: (offMs) => query('sy_cache_keep_off', KEEP_OFF, [offMs]),
    switchOn: (server, seen) => orWhatIsThere(query('sy_cache_on', SWITCH_ON, [server, seen])),
    ...(listen && { listen: (onRenewed) => listen(CHANNEL, onRenewed) }),
  };
}

const toEra = (row: SqlRow): CacheEra => ({
  generation: Number(row['generation']),
  server: String(row['server']),
  offMs: Number(row['off_ms']),
});
