/** A live session as another library has written it. */
export interface SourceEntry {
  /** The session's key in clear, without what the library puts before it. */
  readonly key: string;
  readonly text: string;
  /** `undefined`: it never ends. */
  readonly expiresAt: Date | undefined;
}

export interface SourcePage {
  /** May be none, though there are more; and may have an entry that a page before had. */
  readonly entries: readonly SourceEntry[];
  /** Where the next page begins; `undefined`: this was the last. */
  readonly next: string | undefined;
}

/** Where sessions are imported from. It may be written meanwhile: what is there from beginning to end is seen. */
export interface SessionSource {
  /** How many entries there are, live or not, or a little more. */
  count(): Promise<number>;
  /**
   * @param from `undefined`, or the `next` of a page, also of an earlier run; what is not understood is the beginning
   * @param limit about so many
   * @throws {ImportError}
   */
  page(from: string | undefined, limit: number): Promise<SourcePage>;
  /** Those of the keys that have a live session. @throws {ImportError} */
  find(keys: readonly string[]): Promise<readonly SourceEntry[]>;
}
