import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for something to be so, and says what it was if it never is. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; !(await isSo()); await sleep(20))
    if (Date.now() > giveUpAt) throw new Error(`in vain: until ${what}`);
}
