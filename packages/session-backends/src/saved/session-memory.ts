import type { Version } from '../fence/rules.ts';

/** What is known of a session object: where it came from, and what it looked like then. */
export interface Known {
  readonly sid: string;
  readonly version: Version;
  /** The row's data as of that version. */
  readonly stored: string;
  /** What the object itself held then; another text than `stored` when others' changes were merged into the row. */
  readonly seen: string;
  readonly expiresAt: Date;
}

/**
 * Remembers the version of each session object, so that express-session's `set` can tell an update from a creation. Dies
 * with the object.
 */
export class SessionMemory {
  readonly #known = new WeakMap<object, Known>();

  of(session: object, sid: string): Known | undefined {
    const known = this.#known.get(session);
    return known?.sid === sid ? known : undefined;
  }

  remember(session: object, known: Known): void {
    this.#known.set(session, known);
  }

  /** What was known of one object is known of another that was made of it. */
  pass(from: object, to: unknown): void {
    const known = this.#known.get(from);
    if (known !== undefined && typeof to === 'object' && to !== null) this.#known.set(to, known);
  }
}
