import type { StoredKey } from '../keys.ts';
import type { SessionRecord } from '../store.ts';

/** The right to write one session, within this process. */
export interface Turn {
  /** What the one before wrote, if it knows: saves a load, or a write that would be in conflict. */
  latest: SessionRecord | undefined;
}

interface Line extends Turn {
  tail: Promise<unknown>;
  waiting: number;
}

/** Lets the writers of one session take turns within a process. Other processes are met with compare-and-set. */
export class KeyTurns {
  readonly #lines = new Map<StoredKey, Line>();

  async take<T>(key: StoredKey, task: (turn: Turn) => Promise<T>): Promise<T> {
    let line = this.#lines.get(key);
    const first = line === undefined;
    if (line === undefined) this.#lines.set(key, (line = { tail: Promise.resolve(), waiting: 0, latest: undefined }));
    line.waiting++;
    const mine = line;
    const run = first ? task(mine) : mine.tail.then(() => task(mine));
    mine.tail = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      if (--mine.waiting === 0) this.#lines.delete(key);
    }
  }
}
