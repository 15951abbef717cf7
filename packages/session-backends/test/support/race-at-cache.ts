import {
  cachedStore,
  redisCache,
  type RedisLike,
  type SessionOperation,
  type StoredKey,
} from '@switchyard/session-backends';
import type { TestDatabases } from '@switchyard/databases/testing';
import { create, dataOf, ok } from '../../src/testing/contract-world.ts';
import { databaseStore } from './contract-stores.ts';
import { gatedStore } from './gated-store.ts';
import { newKey } from './new-key.ts';

export interface CacheRace {
  readonly databases: TestDatabases;
  readonly redis: RedisLike;
  readonly prefix: string;
  /** Committed first, and told to the cache last. */
  readonly late: (key: StoredKey) => SessionOperation;
  /** Committed after that, and told to the cache at once. */
  readonly early: (key: StoredKey) => SessionOperation;
}

/** Two writes of a cached session that come to the cache in the other order. What is read afterwards. */
export async function raceAtCache({ databases, redis, prefix, late, early }: CacheRace): Promise<string | undefined> {
  const key = newKey();
  const gated = gatedStore(databaseStore(databases.main));
  const cache = redisCache({ redis, prefix });
  const slow = cachedStore({ store: gated, cache });
  const quick = cachedStore({ store: databaseStore(databases.main), cache });
  await ok(quick, create(key));
  const release = gated.hold('apply');
  const saving = ok(slow, late(key));
  await gated.held('apply');
  await ok(quick, early(key));
  release();
  await saving;
  return dataOf(quick, key);
}
