import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionStore, StoredKey } from '@switchyard/session-backends';
import type { FaultyStore } from '@switchyard/session-backends/testing';

/** Loads a key of `store` until that does not ask the database behind it any more. */
export async function untilCached(store: SessionStore, database: FaultyStore, key: StoredKey): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const before = database.calls.load;
    await store.load([key]);
    if (database.calls.load === before) return;
    await sleep(20);
  }
  throw new Error('the cache is not used');
}
