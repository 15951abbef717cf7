import type { MoveDatabase } from '../move-database.ts';
import { OUTBOX_CHANNEL } from './alarm.ts';

export interface LeaseOptions {
  /** Where the row of `session_lease` is. */
  readonly database: Pick<MoveDatabase, 'query'>;
  /** What is led. */
  readonly name: string;
  /** Who asks, different for each process. */
  readonly holder: string;
  /** How long it holds without being renewed, by the database's clock. */
  readonly ttlMs: number;
}

/**
 * Leadership by a row and the database's clock. It keeps two workers from doing the same work, and nothing more: a holder
 * that was stopped does not know that another one leads, so what a leader does has to be harmless when two do it.
 */
export interface Lease {
  /**
   * Takes it if nobody has it, or has let it expire. Resolves to the token, which counts up with each new holder;
   * `undefined`: another one has it.
   */
  acquire(): Promise<number | undefined>;
  /** Resolves to false when another one has taken it since. */
  renew(): Promise<boolean>;
  /** For the first instant at which it may be another's, unless it is renewed; by this process's steady clock. */
  heldUntil(): number;
  /** Lets it go at once, and tells those who wait for it. Nothing happens when it is another's. */
  release(): Promise<void>;
}

const TTL = (value: string): string => `clock_timestamp() + ${value} * interval '1 ms'`;

const ACQUIRE = `insert into session_lease as l (name, holder, token, expires_at) values ($1, $2, 1, ${TTL('$3')})
  on conflict (name) do update set holder = excluded.holder, token = l.token + 1, expires_at = ${TTL('$3')}
  where l.expires_at <= clock_timestamp() returning token`;

const RENEW = `update session_lease set expires_at = ${TTL('$4')}
  where name = $1 and holder = $2 and token = $3 returning token`;

/** The row stays: its token has to go on from there. A renewal that comes late finds another holder. */
const RELEASE = `with r as (update session_lease set holder = '', expires_at = clock_timestamp()
    where name = $1 and holder = $2 and token = $3 returning name)
  select pg_notify('${OUTBOX_CHANNEL}', '') from r`;

export function databaseLease({ database, name, holder, ttlMs }: LeaseOptions): Lease {
  let token = 0;
  let heldUntil = 0;

  /** Counted from before the statement was sent: never longer than the database thinks. */
  const held = async (text: string, values: readonly unknown[]): Promise<number | undefined> => {
    const sentAt = performance.now();
    const [row] = await database.query(text, values);
    heldUntil = row === undefined ? 0 : sentAt + ttlMs;
    return row === undefined ? undefined : Number(row['token']);
  };

  return {
    acquire: async () => {
      const taken = await held(ACQUIRE, [name, holder, ttlMs]);
      if (taken !== undefined) token = taken;
      return taken;
    },
    renew: async () => (await held(RENEW, [name, holder, token, ttlMs])) !== undefined,
    heldUntil: () => heldUntil,
    release: async () => {
      heldUntil = 0;
      await database.query(RELEASE, [name, holder, token]);
    },
  };
}
