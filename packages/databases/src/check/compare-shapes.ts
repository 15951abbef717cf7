/** A part of two things, and what it is in each; `undefined` where that one lacks it. */
export type Difference = readonly [part: string, here: string | undefined, there: string | undefined];

/** The parts in which two things differ, by name. */
export function compareShapes(here: ReadonlyMap<string, string>, there: ReadonlyMap<string, string>): Difference[] {
  return [...new Set([...here.keys(), ...there.keys()])]
    .filter((part) => here.get(part) !== there.get(part))
    .sort()
    .map((part) => [part, here.get(part), there.get(part)]);
}
