import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 30_000;

/** Looks again and again until something is so. Rejects when that takes too long: a test must not look for ever. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = performance.now() + LIMIT_MS; !(await isSo()); await sleep(10))
    if (performance.now() > giveUpAt) throw new Error(`in ${LIMIT_MS / 1_000} s it did not come to this: ${what}`);
}
