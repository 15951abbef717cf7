export interface LoginThrottleOptions {
  /** Failures of one address at one account before it has to wait. Default is 5. */
  readonly failuresPerAccount?: number;
  /** Failures of one address at any account before it has to wait. Default is 100. */
  readonly failuresPerAddress?: number;
  /** From the first failure until they are forgotten. Default is 15 minutes. */
  readonly windowMs?: number;
  /** Milliseconds; tests move it by hand. Default is Date.now. */
  readonly now?: () => number;
}

export interface LoginThrottle {
  /**
   * Counts an attempt before its password is looked at, so that a burst of guesses is counted as well. Returns 0 when it
   * may go on, else the milliseconds to wait.
   */
  attempt(address: string, account: string): number;
  /** The attempt turned out to be the customer: forgets the account's failures and this attempt. */
  succeeded(address: string, account: string): void;
}

interface Tally {
  count: number;
  readonly until: number;
}

/** Enough for a busy shop; what was seen longest ago goes first. */
const MOST_TALLIES = 10_000;

/** Slows down the guessing of passwords, in this process. Failures from elsewhere do not lock a customer out. */
export function createLoginThrottle(options: LoginThrottleOptions = {}): LoginThrottle {
  const { failuresPerAccount = 5, failuresPerAddress = 100, windowMs = 15 * 60_000, now = Date.now } = options;
  const tallies = new Map<string, Tally>();

  const current = (key: string): Tally | undefined => {
    const tally = tallies.get(key);
    if (tally === undefined || tally.until > now()) return tally;
    tallies.delete(key);
    return undefined;
  };
  const waitOf = (key: string, limit: number): number => {
    const tally = current(key);
    return tally !== undefined && tally.count >= limit ? tally.until - now() : 0;
  };
  const count = (key: string): void => {
    const tally = current(key) ?? { count: 0, until: now() + windowMs };
    tally.count += 1;
    tallies.delete(key);
    tallies.set(key, tally);
    const oldest = tallies.keys().next();
    if (tallies.size > MOST_TALLIES && oldest.done !== true) tallies.delete(oldest.value);
  };
  const accountKey = (address: string, account: string): string => `${address} ${account}`;

  return {
    attempt(address, account) {
      const key = accountKey(address, account);
      const wait = Math.max(waitOf(key, failuresPerAccount), waitOf(address, failuresPerAddress));
      if (wait > 0) return wait;
      count(key);
      count(address);
      return 0;
    },
    succeeded(address, account) {
      tallies.delete(accountKey(address, account));
      const tally = current(address);
      if (tally !== undefined) tally.count -= 1;
    },
  };
}
