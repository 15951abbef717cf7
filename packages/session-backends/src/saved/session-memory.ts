import type { SessionRecord } from '../store.ts';

/** What is known of a session that was loaded or saved. */
export interface Known {
  readonly sid: string;
  readonly row: SessionRecord;
  /** What the library's object held then; other data than the row's when others' changes were merged into that. */
  readonly seen: string;
}

/** Remembers of an object what is known of the session it stands for, so that a save can be an update. Dies with it. */
export interface SessionMemory {
  /** Undefined also where the object stands for another session by now. */
  of(holder: object, sid: string): Known | undefined;
  remember(holder: object, known: Known): void;
  /** What is known of one object is known of another that was made of it. */
  pass(from: object, to: object): void;
}

export function sessionMemory(): SessionMemory {
  const memory = new WeakMap<object, Known>();
  return {
    of: (holder, sid) => {
      const known = memory.get(holder);
      return known?.sid === sid ? known : undefined;
    },
    remember: (holder, known) => void memory.set(holder, known),
    pass: (from, to) => {
      const known = memory.get(from);
      if (known !== undefined) memory.set(to, known);
    },
  };
}
