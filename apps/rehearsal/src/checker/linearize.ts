import { NO_SESSION, perform, type Act, type Event, type State } from './basket-object.ts';

export interface LinearizeOptions {
  /** How long a session lives at least from the beginning of the latest request that changed it, in milliseconds. */
  readonly ageMs: number;
  /** Steps of the search before it is given up: some microseconds each. Default is 100,000. */
  readonly most?: number;
}

export type Verdict =
  | { readonly kind: 'linearizable' }
  /** `event`: the index of the first that had ended when no order explained any more what had been answered. */
  | { readonly kind: 'violation'; readonly event: number; readonly possible: readonly State[] }
  /** The search was given up at that event. */
  | { readonly kind: 'undecided'; readonly event: number };

/** What may be the case at one moment. */
interface Config {
  readonly state: State;
  /** The acts of open events that have happened, by their bits. */
  readonly done: bigint;
}

/** An event that has begun and not ended. */
interface Open {
  readonly event: Event;
  /** One for each act. */
  readonly bits: readonly bigint[];
}

/**
 * Whether there is an order of the acts, each within its event, in which a basket that does one thing after the other
 * answers what was answered (Wing and Gong), with each act put in its place as late as an answer allows and every
 * situation visited once (Lowe).
 */
export function linearize(events: readonly Event[], { ageMs, most = 100_000 }: LinearizeOptions): Verdict {
  const open = new Map<number, Open>();
  const search = createSearch(open, ageMs, most);
  const bits = createBits();
  let configs: readonly Config[] = [{ state: NO_SESSION, done: 0n }];
  for (const { index, ends } of momentsOf(events)) {
    const event = events[index] as Event;
    const begun = open.get(index);
    if (!ends) open.set(index, { event, bits: event.acts.map(bits.draw) });
    else if (begun !== undefined) {
      const next = search(configs, begun);
      if (next === undefined) return { kind: 'undecided', event: index };
      if (next.length === 0) return { kind: 'violation', event: index, possible: configs.map(({ state }) => state) };
      const over = [index, ...idleOf(next, open)];
      configs = withoutWorse(next.map(forgetting(over.map((each) => open.get(each) as Open))), open);
      for (const each of over) {
        open.get(each)?.bits.forEach(bits.release);
        open.delete(each);
      }
    }
  }
  return { kind: 'linearizable' };
}

interface Moment {
  readonly at: number;
  readonly index: number;
  readonly ends: boolean;
}

/** Beginnings and ends as they came; what touches at one moment was under way at once. */
const momentsOf = (events: readonly Event[]): readonly Moment[] =>
  events
    .flatMap(({ from, to }, index): Moment[] => [
      { at: from, index, ends: false },
      ...(to === undefined ? [] : [{ at: to, index, ends: true }]),
    ])
    .sort((one, other) => one.at - other.at || Number(one.ends) - Number(other.ends));

interface Bits {
  draw(): bigint;
  release(bit: bigint): void;
}

/** A bit for each act that is open: big integers have as many as it takes. */
function createBits(): Bits {
  const free: bigint[] = [];
  let next = 1n;
  return {
    draw: () => {
      const bit = free.pop() ?? next;
      if (bit === next) next <<= 1n;
      return bit;
    },
    release: (bit) => void free.push(bit),
  };
}

type Search = (configs: readonly Config[], target: Open) => readonly Config[] | undefined;

/** Finds every situation in which the target has just happened. `undefined`: the steps are used up. */
function createSearch(open: ReadonlyMap<number, Open>, ageMs: number, most: number): Search {
  let steps = 0;

  /** An act that changes nothing and fits here is put here: no later place allows more. */
  const settle = (config: Config): Config => {
    let { done } = config;
    for (const one of open.values())
      for (const [index, act] of one.event.acts.entries()) {
        const bit = one.bits[index] as bigint;
        if ((done & bit) !== 0n) continue;
        if (one.event.to === undefined || !perform(config.state, act, one.event, ageMs).includes(config.state)) break;
        done |= bit;
      }
    return done === config.done ? config : { ...config, done };
  };

  return (configs, target) => {
    const found: Config[] = [];
    const seen = new Set<string>();
    const stack = [...configs];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const config = settle(next);
      const id = `${config.done} ${textOf(config.state)} ${timesOf(config.state).join()}`;
      if (seen.has(id)) continue;
      seen.add(id);
      if (happened(config, target)) {
        found.push(config);
        continue;
      }
      if (++steps > most) return undefined;
      for (const one of open.values()) {
        const step = nextOf(one, config);
        if (step === undefined) continue;
        for (const state of perform(config.state, step.act, one.event, ageMs))
          if (one.event.to !== undefined || textOf(state) !== textOf(config.state))
            stack.push({ state, done: config.done | step.bit });
      }
    }
    return found;
  };
}

function nextOf({ event, bits }: Open, { done }: Config): { readonly act: Act; readonly bit: bigint } | undefined {
  const index = bits.findIndex((bit) => (done & bit) === 0n);
  const [act, bit] = [event.acts[index], bits[index]];
  return act === undefined || bit === undefined ? undefined : { act, bit };
}

const happened = ({ done }: Config, { bits }: Open): boolean => bits.every((bit) => (done & bit) !== 0n);

const forgetting = (over: readonly Open[]): ((config: Config) => Config) => {
  const kept = ~over.flatMap(({ bits }) => bits).reduce((all, bit) => all | bit, 0n);
  return ({ state, done }) => ({ state, done: done & kept });
};

/** What may happen or not, and would change nothing any more, as its session is gone. */
const idleOf = (configs: readonly Config[], open: ReadonlyMap<number, Open>): readonly number[] =>
  [...open]
    .filter(([, { event }]) => event.to === undefined)
    .filter(([, { event }]) =>
      configs.every(({ state }) => event.acts.every(({ key }) => key === undefined || !state.has(key))),
    )
    .map(([index]) => index);

/**
 * Of situations that are the same but for what has happened of that which may never, and for when a session may expire,
 * those stay from which all can come that can come from the others.
 */
function withoutWorse(configs: readonly Config[], open: ReadonlyMap<number, Open>): readonly Config[] {
  const optional = [...open.values()]
    .filter(({ event }) => event.to === undefined)
    .reduce((mask, { bits }) => bits.reduce((all, bit) => all | bit, mask), 0n);
  const groups = new Map<string, Candidate[]>();
  for (const { state, done } of configs) {
    const id = `${done & ~optional} ${textOf(state)}`;
    const candidate = { state, done, spent: done & optional, times: timesOf(state) };
    const group = groups.get(id) ?? [];
    if (group.some((other) => isNoWorse(other, candidate))) continue;
    groups.set(id, [...group.filter((other) => !isNoWorse(candidate, other)), candidate]);
  }
  return [...groups.values()].flat();
}

interface Candidate extends Config {
  readonly spent: bigint;
  readonly times: readonly number[];
}

const isNoWorse = (one: Candidate, other: Candidate): boolean =>
  (one.spent & ~other.spent) === 0n && one.times.every((time, index) => time <= (other.times[index] ?? Infinity));

const byKey = (state: State): [number, { readonly text: string; readonly mayEndFrom: number }][] =>
  [...state].sort(([one], [other]) => one - other);

const textOf = (state: State): string =>
  byKey(state)
    .map(([key, { text }]) => `${key}${text}`)
    .join();

const timesOf = (state: State): number[] => byKey(state).map(([, { mayEndFrom }]) => mayEndFrom);
