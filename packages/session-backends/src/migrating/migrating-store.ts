import type { StoredKey } from '../keys.ts';
import type { ApplyResult, CopyOperation, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import { copyOf, dualWrite, tombstone } from './dual-write.ts';
import { planOf, type MoveFlags, type StoreName } from './move-flags.ts';
import { RepairQueue, type LookOrBury, type Repair } from './repair-queue.ts';

/** A write that the store which counts has made and the other one has not. */
export interface MirrorFailure {
  readonly to: StoreName;
  readonly cause: unknown;
}

export interface MigratingStoreOptions {
  readonly old: SessionStore;
  readonly new: SessionStore;
  /** Asked at each operation: an application that pins flags to its requests answers with what is pinned. */
  readonly flags: () => MoveFlags;
  /** The write is done where it counts; the copy is owed, and made up for later. */
  readonly onMirrorFailure?: (failure: MirrorFailure) => void;
  /** How many owed copies are kept in this process. Default is 10,000. */
  readonly maxRepairs?: number;
}

export interface RepairReport {
  readonly repaired: number;
  readonly left: number;
  /** Owed copies that did not fit into the queue, since the start. */
  readonly dropped: number;
}

export interface MigratingStore extends SessionStore {
  /** Tries all copies that are owed. They are also tried when their session is used again. */
  repair(): Promise<RepairReport>;
}

/**
 * Two stores behind two flags, so that sessions can move while they are used: old; both, the old one counting; both, the
 * new one counting; new. The second write of each pair carries the first one's version, so that the rows are the same.
 *
 * What two flags cannot promise: while processes disagree about them, or when a process ends before it has made an owed
 * copy, a read may find an old copy, and a session that was logged out may be found again. The fenced move has none of
 * this.
 */
export function migratingStore(options: MigratingStoreOptions): MigratingStore {
  const { flags, onMirrorFailure = () => undefined, maxRepairs = 10_000 } = options;
  const stores: Readonly<Record<StoreName, SessionStore>> = { old: options.old, new: options.new };
  const repairs = new RepairQueue(maxRepairs);

  const makeRepair = async (repair: Repair): Promise<boolean> => {
    const copy = repair.copy.kind === 'copy' ? repair.copy : await look(repair, repair.copy);
    if (copy === 'unavailable') return false;
    const done = copy === 'nothing' || (await stores[repair.to].apply([copy]))[0]?.status === 'ok';
    if (done) repairs.done(repair);
    return done;
  };

  /** What the store that counts has, after an answer of it was lost. */
  const look = async (
    { to, key }: Repair,
    owed: { readonly kind: 'look' } | LookOrBury,
  ): Promise<CopyOperation | 'nothing' | 'unavailable'> => {
    const store = stores[to === 'old' ? 'new' : 'old'];
    const [result] = await store.load([key]);
    if (result?.status === 'found') return copyOf(key, result.record);
    if (result?.status !== 'absent') return 'unavailable';
    if (owed.kind === 'look') return 'nothing';
    // It is destroyed already; this tells the version of its tombstone.
    const [destroyed] = await store.apply([{ kind: 'destroy', key }]);
    if (destroyed?.status !== 'ok') return 'unavailable';
    return destroyed.version > 0 ? tombstone(key, destroyed.version, owed.before) : 'nothing';
  };

  /** Which of the keys nothing is owed for, after another try. */
  const repairKeys = (keys: readonly StoredKey[]): Promise<boolean[]> =>
    Promise.all(keys.map(async (key) => (await Promise.all(repairs.of(key).map(makeRepair))).every(Boolean)));

  const load = async (keys: readonly StoredKey[]): Promise<LoadResult[]> => {
    const { reads, writes } = planOf(flags());
    const [primary] = writes;
    if (reads.length === 1 || repairs.size === 0) return loadInOrder(reads, keys, primary);
    // As long as a copy is owed, what it would replace is not to be read: only the store that counts can tell.
    const repaired = await repairKeys(keys);
    return Promise.all(
      keys.map(async (key, i) => {
        const [result] = await loadInOrder(repaired[i] ? reads : [primary], [key], primary);
        return result as LoadResult;
      }),
    );
  };

  /**
   * A session is absent only when every store that had to be asked knew of nothing; and what the store that counts could
   * not be asked about is not taken from a copy.
   */
  const loadInOrder = async (
    reads: readonly StoreName[],
    keys: readonly StoredKey[],
    primary: StoreName,
  ): Promise<LoadResult[]> => {
    const answers: (LoadResult | undefined)[] = keys.map(() => undefined);
    for (const name of reads) {
      const open = keys.flatMap((_key, i) => (answers[i]?.status === 'found' ? [] : [i]));
      if (open.length === 0) break;
      const results = await stores[name].load(open.map((i) => keys[i] as StoredKey));
      open.forEach((i, at) => {
        const result = results[at] as LoadResult;
        const failed = answers[i]?.status === 'unavailable';
        if (!failed || (result.status === 'found' && name === primary)) answers[i] = result;
      });
    }
    return answers as LoadResult[];
  };

  const apply = async (operations: readonly SessionOperation[]): Promise<ApplyResult[]> => {
    const [primary, secondary] = planOf(flags()).writes;
    if (secondary === undefined) return stores[primary].apply(operations);
    if (repairs.size > 0) await repairKeys(operations.map(({ key }) => key));
    return dualWrite(operations, {
      primary: stores[primary],
      secondary: stores[secondary],
      owe: (owed, cause) => {
        repairs.add({ ...owed, to: secondary });
        onMirrorFailure({ to: secondary, cause });
      },
    });
  };

  return {
    load,
    apply,
    repair: async () => {
      const results = await Promise.all(repairs.all().map(makeRepair));
      return { repaired: results.filter(Boolean).length, left: repairs.size, dropped: repairs.dropped };
    },
  };
}
