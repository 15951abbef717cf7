import type { StoredKey } from '../keys.ts';
import type { ApplyResult, CopyOperation, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import { copyOf, dualWrite, keysOf, tombstone } from './dual-write.ts';
import { planOf, type MoveFlags, type Plan, type StoreName } from './move-flags.ts';
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

type Found = LoadResult & { readonly status: 'found' };

export interface MigratingStore extends SessionStore {
  /** Tries all copies that are owed. They are also tried when their session is used again. */
  repair(): Promise<RepairReport>;
}

/**
 * Two stores behind two flags, so that sessions can move while they are used: old; both, the old one counting; both, the
 * new one counting; new. The second write of each pair carries the first one's version, so that the rows are the same.
 *
 * The flags may change one step at a time, and back, whatever is owed at that moment: a store that comes to count answers
 * for a session when it has been told of it. Where the new store counts, a session that only the old one has moves when
 * it is read.
 *
 * What two flags cannot promise: while processes disagree about them, or when a process ends before it has made an owed
 * copy, a read may find an old copy, and a session that was logged out may be found again. The same where one store was
 * written alone, and then the other one is read first or counts again: empty the new store before both are written
 * another time, and do not go back further than to both from the new store alone. The fenced move has none of this.
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

  /** Tries again what is owed to one of `to` for these keys. What is owed even then. */
  const repairKeys = async (keys: readonly StoredKey[], to: readonly StoreName[]): Promise<readonly Repair[]> => {
    const owed = keys.flatMap((key) => repairs.of(key)).filter((repair) => to.includes(repair.to));
    const done = await Promise.all(owed.map(makeRepair));
    return owed.filter((_, i) => done[i] === false);
  };

  const load = async (keys: readonly StoredKey[]): Promise<LoadResult[]> => {
    const { reads, writes } = planOf(flags());
    const [primary] = writes;
    if (repairs.size === 0) return loadInOrder(reads, keys, primary);
    // As long as a copy is owed, what it would replace is not to be read.
    return Promise.all(
      keys.map(async (key): Promise<LoadResult> => {
        const owed = await repairKeys([key], reads);
        if (lacks(owed, primary)) return { status: 'unavailable', cause: stillOwed() };
        const upToDate = reads.filter((name) => !lacks(owed, name));
        const result = (await loadInOrder(upToDate, [key], primary))[0] as LoadResult;
        // After a lost write nobody knows whether the store that counts has ever had the session.
        const isDoubtful = result.status === 'absent' && owed.some(({ copy }) => copy.kind === 'look');
        return isDoubtful ? { status: 'unavailable', cause: stillOwed() } : result;
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
      // The store that counts was asked before, and knew of nothing.
      if (name !== primary && reads[0] === primary)
        await takeOver(
          primary,
          keys,
          answers,
          open.filter((i) => answers[i]?.status === 'found'),
        );
    }
    return answers as LoadResult[];
  };

  /**
   * What only the other store has comes to the one that counts when it is read. If it was destroyed there, by somebody
   * who does not write to both, its tombstone keeps it out.
   */
  const takeOver = async (
    primary: StoreName,
    keys: readonly StoredKey[],
    answers: (LoadResult | undefined)[],
    found: readonly number[],
  ): Promise<void> => {
    if (found.length === 0) return;
    const copies = found.map((i) => copyOf(keys[i] as StoredKey, (answers[i] as Found).record));
    const copied = await stores[primary].apply(copies);
    const loaded = await stores[primary].load(copies.map(({ key }) => key));
    found.forEach((i, at) => {
      const result = copied[at];
      answers[i] = result?.status === 'unavailable' ? { status: 'unavailable', cause: result.cause } : loaded[at];
    });
  };

  const write = (operations: readonly SessionOperation[], plan: Plan): Promise<ApplyResult[]> => {
    const [primary, secondary] = plan.writes;
    if (secondary === undefined) return stores[primary].apply(operations);
    return dualWrite(operations, {
      primary: stores[primary],
      secondary: stores[secondary],
      owe: (owed, cause) => {
        repairs.add({ ...owed, to: secondary });
        onMirrorFailure({ to: secondary, cause });
      },
    });
  };

  const apply = async (operations: readonly SessionOperation[]): Promise<ApplyResult[]> => {
    const plan = planOf(flags());
    if (repairs.size === 0) return write(operations, plan);
    const owed = await Promise.all(operations.map((operation) => repairKeys(keysOf(operation), plan.writes)));
    const isOpen = (_: unknown, i: number): boolean => !lacks(owed[i] ?? [], plan.writes[0]);
    const written = (await write(operations.filter(isOpen), plan)).values();
    return operations.map((operation, i) =>
      isOpen(operation, i)
        ? (written.next().value as ApplyResult)
        : { status: 'unavailable', outcome: 'none', cause: stillOwed() },
    );
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

const lacks = (owed: readonly Repair[], name: StoreName): boolean => owed.some(({ to }) => to === name);

/** Which store has what of a session cannot be told yet, or one that the flags have made count lacks it. */
const stillOwed = (): Error => new Error('a write of before has not reached both session stores yet');
