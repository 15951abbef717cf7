/**
 * What a register says. It is always of one generation, and a generation never changes what it says: whatever is to be
 * different begins another one. Generations only rise, and none is used twice.
 */
export interface CacheEra {
  /** Entries of an earlier generation are never used again. */
  readonly generation: number;
  /** The server that the cache is at, as `switchOn` was told; empty: off, nobody uses the cache. */
  readonly server: string;
  /** While off: for how long from now on it stays so, in milliseconds. */
  readonly offMs: number;
}

/**
 * Where the processes that share a cache agree on its use: with the sessions, not with the cache, which may be the one
 * that fails. A call may fail with any error; then, it may have taken effect or not.
 */
export interface CacheRegister {
  /** `undefined` when there is nothing yet: it was never in use by this register. */
  read(): Promise<CacheEra | undefined>;
  /** Switches the cache off, in a new generation, for at least `offMs`; where it is off already, for that long at least. */
  switchOff(offMs: number): Promise<CacheEra>;
  /** Keeps it off for at least `offMs` from now; `undefined`, and nothing is changed, when it is in use. */
  keepOff(offMs: number): Promise<CacheEra | undefined>;
  /**
   * Begins a new generation at `server`, if the generation is still `seen` and does not have to stay off any longer.
   * Returns the era as it is then, whoever made it.
   */
  switchOn(server: string, seen: number): Promise<CacheEra>;
  /** Calls back when somebody has begun a new generation. Optional: whoever cannot listen finds out by reading. */
  listen?(onRenewed: () => void): Promise<() => Promise<void>>;
}

/** The `server` of an era in which nobody uses the cache. */
export const OFF = '';
