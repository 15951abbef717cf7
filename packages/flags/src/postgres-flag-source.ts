import type { FlagSource } from './flag-source.ts';

/** The part of `pg.Pool` that is used. */
export interface QueryableLike {
  query(text: string): Promise<{ rows: { name: string; enabled: boolean }[] }>;
}

/** The part of `pg.Client` that is used: a connection of its own, since LISTEN belongs to a connection. */
export interface ListenerLike {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  on(event: 'notification' | 'error' | 'end', listener: () => void): unknown;
  end(): Promise<void>;
}

export interface PostgresFlagSourceOptions {
  readonly pool: QueryableLike;
  /** Makes a connection for LISTEN, not through a transaction pooler; leave it out to rely on polling alone. */
  readonly createListener?: () => ListenerLike;
  /** How long to wait before connecting again after the listener was lost. Default is 1,000 ms. */
  readonly reconnectMs?: number;
}

const CHANNEL = 'feature_flag';

/** Flags in the table `feature_flag`, whose trigger notifies of every change, whoever makes it. */
export function postgresFlagSource({
  pool,
  createListener,
  reconnectMs = 1_000,
}: PostgresFlagSourceOptions): FlagSource {
  return {
    read: async () => {
      const { rows } = await pool.query('select name, enabled from feature_flag');
      return new Map(rows.map(({ name, enabled }) => [name, enabled]));
    },
    subscribe: async (onChange) => {
      if (createListener === undefined) return async () => undefined;
      let ended = false;
      let listener: ListenerLike | undefined;
      let timer: NodeJS.Timeout | undefined;
      const connect = async (): Promise<void> => {
        const mine = createListener();
        const again = (): void => {
          if (ended || listener !== mine) return;
          listener = undefined;
          timer = setTimeout(() => void connect(), reconnectMs);
          timer.unref();
        };
        listener = mine;
        mine.on('error', again);
        mine.on('end', again);
        mine.on('notification', onChange);
        try {
          await mine.connect();
          await mine.query(`listen ${CHANNEL}`);
          onChange();
        } catch {
          // Polling goes on meanwhile.
          again();
          await mine.end().catch(() => undefined);
        }
      };
      await connect();
      return async () => {
        ended = true;
        clearTimeout(timer);
        await listener?.end().catch(() => undefined);
      };
    },
  };
}
