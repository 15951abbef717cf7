/** What all processes that share a cache agree on. */
export interface CacheEra {
  /** Entries of an earlier generation are never used again. */
  readonly generation: number;
  /** Which server the cache is at, as it calls itself. */
  readonly server: string;
  /** For how long from now on nobody may use the cache, in milliseconds; 0: it is in use. */
  readonly offMs: number;
}

/** Where that agreement is kept: with the sessions' database, not with the cache, which may be the one that fails. */
export interface CacheRegister {
  /** `undefined` when there is none yet. */
  read(): Promise<CacheEra | undefined>;
  /**
   * Begins a new generation at `server`, off for `offMs`, and tells everybody. With `seen`, only if that is still the
   * generation (0: there is none yet). Returns the era as it is then, whoever made it.
   */
  renew(server: string, offMs: number, seen?: number): Promise<CacheEra>;
  /** Keeps the cache off for at least `offMs` from now, if it is off; `undefined` when it is in use. */
  extend(offMs: number): Promise<CacheEra | undefined>;
  /** Calls back when somebody has begun a new generation. Optional: whoever cannot listen finds out by reading. */
  listen?(onRenewed: () => void): Promise<() => Promise<void>>;
}
