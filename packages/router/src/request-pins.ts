import { checkFlag } from './check-flag.ts';

/** What one request holds on to. */
export interface RequestPins {
  /** The flag's value in this request: the first answer is kept until the request ends. */
  flag(name: string, read: (name: string) => boolean): boolean;
  /** A router's own choice for a key, which is no flag: the first answer is kept, as a flag's is. */
  choice(owner: object, key: string, choose: () => boolean): boolean;
  /**
   * The request as a whole: the same object for a request and for those that `$withContext` opens inside of it. A router
   * may remember things by it.
   */
  readonly whole: object;
}

/** Flag values of one request: a table of them, or a function that is asked at most once for each flag. */
export type FlagSource = Readonly<Record<string, boolean>> | ((name: string) => boolean | undefined);

/**
 * Keeps each flag's first answer, so that a flip in between cannot be seen. A flag that the source does not know comes
 * from the request around this one or, where there is none, from the reader that asks for it.
 */
export function createRequestPins(source: FlagSource = {}, around?: RequestPins): RequestPins {
  const pinned = new Map<string, boolean>();
  const given =
    typeof source === 'function' ? source : (name: string) => (Object.hasOwn(source, name) ? source[name] : undefined);
  return {
    // Asked for each operation: once the answer is there, it costs a look and no more.
    flag: (name, read) => {
      const seen = pinned.get(name);
      if (seen !== undefined) return seen;
      const value = checkFlag(name, given(name) ?? around?.flag(name, read) ?? read(name));
      pinned.set(name, value);
      return value;
    },
    choice: around?.choice ?? createChoices(),
    whole: around?.whole ?? pinned,
  };
}

function createChoices(): RequestPins['choice'] {
  const byOwner = new WeakMap<object, Map<string, boolean>>();
  return (owner, key, choose) => {
    let made = byOwner.get(owner);
    if (made === undefined) byOwner.set(owner, (made = new Map<string, boolean>()));
    let chosen = made.get(key);
    if (chosen === undefined) made.set(key, (chosen = choose()));
    return chosen;
  };
}
