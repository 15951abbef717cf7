import type { StoredKey } from '../keys.ts';
import type { CopyOperation, SessionRecord } from '../store.ts';
import type { StoreName } from './move-flags.ts';

/**
 * What one store is owed about a key: a copy that could not be made or, when the answer to the first write was lost,
 * whatever the other store turns out to hold. `look, or bury`: if that is nothing, then the session, which was `before`,
 * was destroyed.
 */
export interface Repair {
  readonly to: StoreName;
  readonly key: StoredKey;
  readonly copy: CopyOperation | { readonly kind: 'look' } | LookOrBury;
}

export interface LookOrBury {
  readonly kind: 'look, or bury';
  readonly before: Pick<SessionRecord, 'expiresAt' | 'userId'>;
}

/** What is owed, the newest of each key and store. Bounded: what does not fit is counted as dropped. */
export class RepairQueue {
  readonly #max: number;
  readonly #repairs = new Map<string, Repair>();
  #dropped = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#repairs.size;
  }

  /** What was not kept because the queue was full: only a comparison of the two stores finds it now. */
  get dropped(): number {
    return this.#dropped;
  }

  add(repair: Repair): void {
    const name = nameOf(repair);
    const before = this.#repairs.get(name);
    if (before === undefined && this.#repairs.size >= this.#max) this.#dropped++;
    else this.#repairs.set(name, before === undefined ? repair : newest(before, repair));
  }

  of(key: StoredKey): Repair[] {
    return (['old', 'new'] as const).flatMap((to) => this.#repairs.get(`${to} ${key}`) ?? []);
  }

  all(): Repair[] {
    return [...this.#repairs.values()];
  }

  /** Done, unless a newer one has come meanwhile. */
  done(repair: Repair): void {
    const name = nameOf(repair);
    if (this.#repairs.get(name) === repair) this.#repairs.delete(name);
  }
}

const nameOf = ({ to, key }: Repair): string => `${to} ${key}`;

/**
 * A tombstone is final. Having to look stays, as what was lost may be newer than any copy; but it has to be done once
 * more, as it may be under way and have looked too early.
 */
function newest(before: Repair, repair: Repair): Repair {
  const [rankBefore, rank] = [rankOf(before), rankOf(repair)];
  if (rank > rankBefore) return repair;
  if (before.copy.kind !== 'copy') return { ...before };
  return repair.copy.kind === 'copy' && rank === rankBefore && repair.copy.version > before.copy.version
    ? repair
    : before;
}

const RANKS = { copy: 0, look: 1, 'look, or bury': 2 };
const TOMBSTONE_RANK = 3;

const rankOf = ({ copy }: Repair): number =>
  copy.kind === 'copy' && copy.data === null ? TOMBSTONE_RANK : RANKS[copy.kind];
