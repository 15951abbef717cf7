import type { StoredKey } from '../keys.ts';
import type { CopyOperation } from '../store.ts';
import type { StoreName } from './move-flags.ts';

/**
 * What one store is owed about a key: a copy that could not be made or, when the answer to the first write was lost,
 * whatever the other store turns out to hold.
 */
export interface Repair {
  readonly to: StoreName;
  readonly key: StoredKey;
  readonly copy: CopyOperation | 'look' | 'look, and destroy if absent';
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
    else if (before === undefined || isNewer(repair, before)) this.#repairs.set(name, repair);
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

/** Having to look stays: what was lost may be newer than any copy. */
const isNewer = ({ copy }: Repair, { copy: before }: Repair): boolean =>
  typeof copy === 'string' || (typeof before !== 'string' && before.version < copy.version);
