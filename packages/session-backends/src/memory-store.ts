import { fencedStore, memorySite, type MemorySite } from './fence/index.ts';
import type { KeyEncoding } from './keys.ts';
import type { SessionStore } from './store.ts';

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
  /** Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
}

/** Sessions in this process: for tests, by the same rules as in a database. */
export function memoryStore(options: MemoryStoreOptions = {}): SessionStore & { readonly site: MemorySite } {
  const { keyEncoding = 'sha256', ...siteOptions } = options;
  const site = memorySite({ name: 'old', ...siteOptions });
  return { ...fencedStore({ sites: [site], keyEncoding }), site };
}
