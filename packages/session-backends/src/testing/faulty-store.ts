import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import type { StoredKey } from '../keys.ts';

/**
 * - `down`: nothing is done
 * - `loses answers`: writes are done, and nobody learns of it
 * - `slow`: the answer comes when it is let go
 */
export type Fault = 'none' | 'down' | 'loses answers' | 'slow';

/** Any store, with faults to switch on: what a database and its network do to those who depend on them. */
export class FaultyStore implements SessionStore {
  /** Counted whether they are answered or not. */
  readonly calls = { load: 0, apply: 0 };
  readonly #store: SessionStore;
  readonly #held: (() => void)[] = [];
  readonly #watchers: (() => void)[] = [];
  fault: Fault = 'none';

  constructor(store: SessionStore) {
    this.#store = store;
  }

  async load(keys: readonly StoredKey[]): Promise<LoadResult[]> {
    this.calls.load++;
    if (this.fault === 'down')
      return keys.map(() => ({ status: 'unavailable', cause: new Error('the store is down') }));
    return this.#deliver(await this.#store.load(keys));
  }

  async apply(operations: readonly SessionOperation[]): Promise<ApplyResult[]> {
    this.calls.apply++;
    const { fault } = this;
    if (fault === 'down') return operations.map(() => unavailable('none'));
    const results = await this.#store.apply(operations);
    return fault === 'loses answers' ? operations.map(() => unavailable('unknown')) : this.#deliver(results);
  }

  /** Resolves when an answer is being held back. */
  async holding(): Promise<void> {
    if (this.#held.length === 0) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  /** Lets all answers go that are held back, and those to come. */
  release(): void {
    this.fault = 'none';
    for (const go of this.#held.splice(0)) go();
  }

  async #deliver<T>(answer: T): Promise<T> {
    if (this.fault !== 'slow') return answer;
    const held = new Promise<void>((resolve) => this.#held.push(resolve));
    for (const tell of this.#watchers.splice(0)) tell();
    await held;
    return answer;
  }
}

const unavailable = (outcome: 'none' | 'unknown'): ApplyResult => ({
  status: 'unavailable',
  outcome,
  cause: new Error('the store is down'),
});
