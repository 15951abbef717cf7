/** What one request holds on to. Its identity is the request's: a router may remember things by it. */
export interface RequestPins {
  /** The flag's value in this request: the first answer is kept until the request ends. */
  flag(name: string, read: (name: string) => boolean): boolean;
}

/** Flag values of one request: a table of them, or a function that is asked at most once for each flag. */
export type FlagSource = Readonly<Record<string, boolean>> | ((name: string) => boolean | undefined);

/**
 * Keeps each flag's first answer, so that a flip in between cannot be seen. A flag that the source does not know comes
 * from the request around this one or, where there is none, from the reader that asks for it.
 */
export function createRequestPins(source: FlagSource = {}, around?: RequestPins): RequestPins {
  const pinned = new Map<string, boolean>();
  const given = typeof source === 'function' ? source : (name: string) => source[name];
  return {
    flag: (name, read) => {
      const seen = pinned.get(name);
      if (seen !== undefined) return seen;
      const value = given(name) ?? around?.flag(name, read) ?? read(name);
      pinned.set(name, value);
      return value;
    },
  };
}
