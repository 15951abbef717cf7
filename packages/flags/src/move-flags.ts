import { AsyncLocalStorage } from 'node:async_hooks';

/** The two flags of the move. */
export interface MoveFlagValues {
  /** `migration_flag`: sessions are written to both databases and read from the new one, then the old. */
  readonly migrationFlag: boolean;
  /** `new_db_router_flag`: the router sends everything of the sessions model to the new database. */
  readonly newDbRouterFlag: boolean;
}

/** The part of an OpenFeature client that is used. */
export interface FlagClientLike {
  getBooleanValue(name: string, defaultValue: boolean): Promise<boolean>;
}

export interface MoveFlags {
  /** The flags as they are now. */
  read(): Promise<MoveFlagValues>;
  /** Runs `work` with the flags as they are at its start: a flip in mid-request does not split it over two databases. */
  pin<T>(work: (flags: MoveFlagValues) => T): Promise<T>;
  /** The pinned flags; outside of `pin`, those that were last read. */
  current(): MoveFlagValues;
}

/**
 * The move's flags through any OpenFeature client, so that any flag service fits. A flag that is unknown is off; one that
 * cannot be read, or is not a boolean, stays as it was last read, so that a flag service that is away moves no session.
 */
export function moveFlags(client: FlagClientLike): MoveFlags {
  const pins = new AsyncLocalStorage<MoveFlagValues>();
  let last: MoveFlagValues = { migrationFlag: false, newDbRouterFlag: false };
  const readOne = async (name: string, before: boolean): Promise<boolean> => {
    try {
      const value: unknown = await client.getBooleanValue(name, false);
      return typeof value === 'boolean' ? value : before;
    } catch {
      return before;
    }
  };
  const read = async (): Promise<MoveFlagValues> => {
    const [migrationFlag, newDbRouterFlag] = await Promise.all([
      readOne('migration_flag', last.migrationFlag),
      readOne('new_db_router_flag', last.newDbRouterFlag),
    ]);
    last = { migrationFlag, newDbRouterFlag };
    return last;
  };
  return {
    read,
    pin: async (work) => {
      const flags = await read();
      return pins.run(flags, () => work(flags));
    },
    current: () => pins.getStore() ?? last,
  };
}
