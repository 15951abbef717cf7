import { bucketOf, drawSessionKey, drawSessionKeyInBucket, encodeKey, type KeyEncoding } from '../keys.ts';
import type { ContractStores, StoreLack } from './contract-world.ts';
import { STORE_LIFE_CASES } from './store-life-cases.ts';
import { STORE_WRITE_CASES } from './store-write-cases.ts';

export interface SessionStoreContractOptions {
  /** Opened for each case. */
  readonly open: () => Promise<ContractStores>;
  /** Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** What the store cannot do; each is asserted to be so, where a single process can tell. Default is nothing. */
  readonly lacks?: readonly StoreLack[];
}

/** One thing that every session store has to do. Rejects with an AssertionError when it does not. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * The cases of the contract, for any test runner:
 *
 * @example
 * describe('my store', () => {
 *   for (const { name, run } of sessionStoreContract({ open })) it(name, run);
 * });
 */
export function sessionStoreContract(options: SessionStoreContractOptions): ContractCase[] {
  const { open, keyEncoding = 'sha256', lacks = [] } = options;
  return Object.entries({ ...STORE_WRITE_CASES, ...STORE_LIFE_CASES }).map(([name, check]) => ({
    name,
    run: async () => {
      const stores = await open();
      const key = drawSessionKey();
      const sibling = encodeKey(drawSessionKeyInBucket(bucketOf(key)), keyEncoding);
      try {
        await check({
          ...stores,
          other: stores.other ?? stores.store,
          key: encodeKey(key, keyEncoding),
          sibling,
          newKey: () => encodeKey(drawSessionKey(), keyEncoding),
          lacks,
        });
      } finally {
        await stores.close?.();
      }
    },
  }));
}
