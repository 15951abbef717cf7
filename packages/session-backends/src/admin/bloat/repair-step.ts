/** One thing to do about a table. Nothing of it has been done. */
export interface RepairStep {
  /** SQL, for a connection that is in no transaction. */
  readonly run: string;
  /** A command that does the same without a long lock, if there is one. */
  readonly instead: string | undefined;
  readonly effect: string;
  /** Who waits for whom meanwhile. */
  readonly lock: string;
  /** Bytes given back to the file system; below 0, taken; `undefined`: none. */
  readonly freesBytes: number | undefined;
  /** How many times smaller the whole is then. `undefined`: as large as before. */
  readonly timesSmaller: number | undefined;
  /** For how long everybody waits, at 50 MB a second; `undefined`: for a moment at most. */
  readonly lockSeconds: number | undefined;
}

/** One for which nobody waits, and which frees nothing, unless told otherwise. */
export const repairStep = (run: string, effect: string, more: Partial<RepairStep> = {}): RepairStep => ({
  run,
  effect,
  instead: undefined,
  lock: 'nobody waits',
  freesBytes: undefined,
  timesSmaller: undefined,
  lockSeconds: undefined,
  ...more,
});

export const EXCLUSIVE = `everybody waits while it runs (ACCESS EXCLUSIVE), and from when it waits itself: give "set lock_timeout = '2s'" first`;
