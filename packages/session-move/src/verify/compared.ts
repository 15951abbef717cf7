import type { StoredKey } from '@switchyard/session-backends';

/** What the comparison of a few rows has shown so far. */
export interface Compared {
  /** Rows read at each side. */
  readonly rows: { readonly old: number; readonly new: number };
  /** Keys that differ at first sight: most of them are on their way. */
  readonly suspects: readonly StoredKey[];
  readonly expiredOnly: number;
  readonly notCovered: number;
}
