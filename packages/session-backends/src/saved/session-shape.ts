/** A session of a library that owns the session object, decoded. */
export type SavedValues = Record<string, unknown>;

/** Where a library keeps a session's expiry inside the session, and what of the session is its own. */
export interface SessionShape {
  /** Top-level names under which it keeps its own. Every request writes them, so two at once are no conflict. */
  readonly own: readonly string[];
  /** Puts the row's expiry, which a touch may have moved, where the library looks for it. */
  showExpiry(session: SavedValues, expiresAt: Date): void;
  /** Takes away what is renewed at each request: a session that differs in nothing else needs a touch only. */
  dropRenewed(session: SavedValues): void;
}
