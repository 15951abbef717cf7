/** One thing that happened, for whoever wants to know why. */
export interface Note {
  /** Since the first step. */
  readonly second: number;
  readonly what: string;
}

/** What was done, what went wrong and what must not be, in the order in which it happened. */
export interface Chronicle {
  tell(what: string): void;
  /** Something that must not be. `at`: when, in milliseconds of the chronicle's clock; now by default. */
  find(what: string, at?: number): void;
  notes(): readonly Note[];
  findings(): readonly Note[];
}

const FINDINGS_KEPT = 100;

/** @param now milliseconds of a clock that only goes forward */
export function createChronicle(now: () => number, onNote: (note: Note) => void = () => undefined): Chronicle {
  const since = now();
  const notes: Note[] = [];
  const findings: Note[] = [];
  const note = (what: string, at: number): Note => {
    const made = { second: Math.round((at - since) / 10) / 100, what };
    notes.push(made);
    onNote(made);
    return made;
  };
  return {
    tell: (what) => void note(what, now()),
    find: (what, at = now()) => {
      const made = note(`FINDING: ${what}`, at);
      if (findings.length < FINDINGS_KEPT) findings.push({ ...made, what });
    },
    notes: () => notes.toSorted((one, other) => one.second - other.second),
    findings: () => findings.toSorted((one, other) => one.second - other.second),
  };
}
