import type { RequestPins } from '../request-pins.ts';
import type { Hints } from '../router.ts';

/** One way in which the flags can stand: only those that were asked about. */
export type FlagState = ReadonlyMap<string, boolean>;

/** More states than that are not looked at. */
const MOST_STATES = 256;
/** Hints that mean something to the routed client or to a ready-made router. */
const UNDERSTOOD: ReadonlySet<string | symbol> = new Set(['instance', 'joinedTo', 'request', 'afterPosition']);

/**
 * Calls `visit` once for each way in which the flags that it asks about can stand, as far as they make a difference. To a
 * router that wants a key in a hint each hint has one.
 */
export function exploreFlags(visit: (hints: Hints, state: FlagState) => void): void {
  const waiting: FlagState[] = [new Map()];
  for (let count = 0; count < MOST_STATES; count++) {
    const given = waiting.pop();
    if (given === undefined) return;
    const state = new Map(given);
    const flag = (name: string): boolean => {
      const on = state.get(name) ?? false;
      state.set(name, on);
      return on;
    };
    const owners: object[] = [];
    // Two routers may choose differently for one key.
    const choice = (owner: object, key: string): boolean => {
      if (!owners.includes(owner)) owners.push(owner);
      const place = owners.indexOf(owner);
      return flag(place === 0 ? key : `${key} (${place + 1})`);
    };
    const request: RequestPins = { flag, choice, whole: state };
    visit(hintsWith(request), state);
    const asked = [...state].slice(given.size);
    // Each flag that was new here stood off: the other half is where it stands on, and those before it off.
    asked.forEach(([name], index) => waiting.push(new Map([...given, ...asked.slice(0, index), [name, true]])));
  }
}

function hintsWith(request: RequestPins): Hints {
  return new Proxy<Hints>(
    { request },
    {
      get: (hints, name) =>
        typeof name === 'symbol' || UNDERSTOOD.has(name) || name in hints ? hints[name as string] : `some ${name}`,
    },
  );
}
