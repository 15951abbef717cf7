/** How session data becomes the string that a store keeps. */
export interface SessionCodec {
  /** @throws {TypeError} for a value that would not come back as it is */
  encode(values: Readonly<Record<string, unknown>>): string;
  /**
   * A fresh object each time. Whatever it throws makes the session undecodable: neither read nor overwritten.
   */
  decode(text: string): Record<string, unknown>;
}
