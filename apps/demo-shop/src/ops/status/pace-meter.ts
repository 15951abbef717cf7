/** How fast something that counts up goes, of late. */
export interface PaceMeter {
  /** To be told how far it is, now and then. Resolves to what it does in a second. */
  add(count: number): number;
}

const WINDOW_MS = 10_000;

export function createPaceMeter(now: () => number = Date.now): PaceMeter {
  let marks: { readonly at: number; readonly count: number }[] = [];
  return {
    add: (count) => {
      const at = now();
      // It has begun anew.
      if (count < (marks.at(-1)?.count ?? 0)) marks = [];
      marks = [...marks.filter((mark) => mark.at > at - WINDOW_MS), { at, count }];
      const [first] = marks as [{ at: number; count: number }];
      return at === first.at ? 0 : ((count - first.count) / (at - first.at)) * 1_000;
    },
  };
}
