/** Where the default provider gets its flags from. */
export interface FlagSource {
  /** All flags, by name. */
  read(): Promise<ReadonlyMap<string, boolean>>;
  /**
   * Calls `onChange` soon after a flag has changed, where that can be had; resolves to a function that ends it.
   * `onChange` is also called when the subscription was lost and is back, since changes may have been missed.
   */
  subscribe(onChange: () => void): Promise<() => Promise<void>>;
}
