import { fencedStore } from '../fence/fenced-store.ts';
import type { Fence, SiteName } from '../fence/rules.ts';
import type { Site } from '../fence/site.ts';
import type { KeyEncoding } from '../keys.ts';
import { migratingStore, type MirrorFailure, type RepairReport } from './migrating-store.ts';
import type { MoveFlags } from './move-flags.ts';
import { movingStore, type MovingStore } from './moving-store.ts';

export interface TwoDatabaseStoreOptions {
  /** Makes a site of one of the two databases; each is needed both ways, `standalone` as postgresSite has it. */
  readonly site: (name: SiteName, standalone: boolean) => Site;
  /** Asked at each operation, as long as the flags decide. */
  readonly flags: () => MoveFlags;
  /** As the rows were written. Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** The write is done where it counts; the copy is owed, and made up for by `repair`. */
  readonly onMirrorFailure?: (failure: MirrorFailure) => void;
  /** Told when a fence sent an operation on: this process had not known of a switch. */
  readonly onBounce?: (bucket: number, from: SiteName) => void;
}

export interface TwoDatabaseStore extends MovingStore {
  /** Tries all copies that are owed between the databases. Once the fences decide, nothing is: a move carries rows itself. */
  repair(): Promise<RepairReport>;
}

/**
 * The sessions of a shop with two databases, whichever way they move: by the flags, until a fenced move claims the new
 * database, and by the fences from then on. Everybody who touches sessions has to go by the same: the shop's processes,
 * and tools.
 */
export function twoDatabaseStore(options: TwoDatabaseStoreOptions): TwoDatabaseStore {
  const { site, flags, keyEncoding = 'sha256', onMirrorFailure = () => undefined, onBounce } = options;
  const alone = (name: SiteName): ReturnType<typeof fencedStore> =>
    fencedStore({ sites: [watchFences(site(name, true), (fence) => store.noticeFence(fence))], keyEncoding });
  const byFlags = migratingStore({
    old: alone('old'),
    new: alone('new'),
    flags,
    onMirrorFailure: (failure) => {
      store.notice(failure.cause);
      onMirrorFailure(failure);
    },
  });
  const fenced = fencedStore({
    sites: [site('old', false), site('new', false)],
    keyEncoding,
    ...(onBounce !== undefined && { onBounce }),
  });
  const store = movingStore({ byFlags, fenced });
  return {
    ...store,
    repair: async () => (store.isClaimed() ? { repaired: 0, left: 0, dropped: 0 } : byFlags.repair()),
  };
}

/** The same site; told of each fence under which it has answered. */
function watchFences(site: Site, onFence: (fence: Fence) => void): Site {
  const tell = <T extends { readonly fence: Fence }>(results: readonly T[]): readonly T[] => {
    for (const { fence } of results) onFence(fence);
    return results;
  };
  return {
    ...site,
    load: async (keys) => tell(await site.load(keys)),
    write: async (writes) => tell(await site.write(writes)),
    copy: async (copies) => tell(await site.copy(copies)),
  };
}
