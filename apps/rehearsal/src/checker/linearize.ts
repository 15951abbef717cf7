import { NO_SESSION, perform, type Act, type Event, type State } from './basket-object.ts';

export interface LinearizeOptions {
  /** How long a session lives at least from the beginning of the latest request that changed it, in milliseconds. */
  readonly ageMs: number;
  /** Steps of the search before it is given up: some ten microseconds each. Default is 300,000. */
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
export function linearize(events: readonly Event[], { ageMs, most = 300_000 }: LinearizeOptions): Verdict {
  const open = new Map<number, Open>();
  const search = createSearch(open, ageMs, most);
  const bits = createBits();
  const madeUntil = lastMadeOf(events);
  let configs: readonly Config[] = [{ state: NO_SESSION, done: 0n }];
  for (const { at, index, ends } of momentsOf(events)) {
    const event = events[index] as Event;
    const begun = open.get(index);
    if (!ends) open.set(index, { event, bits: event.acts.map(bits.draw) });
    else if (begun !== undefined) {
      const next = search(configs, begun);
      if (next === undefined) return { kind: 'undecided', event: index };
      if (next.length === 0) return { kind: 'violation', event: index, possible: configs.map(({ state }) => state) };
      const over = [index, ...idleOf(next, open, (key) => (madeUntil.get(key) ?? -Infinity) < at)];
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

  /** What only looks, and fits here, is put here: no later place allows more. */
  const settle = (config: Config): Config => {
    let { done } = config;
    for (const one of open.values())
      for (let step = nextOf(one, done); step !== undefined; step = nextOf(one, done)) {
        if (one.event.to === undefined || !onlyLooks(step.act)) break;
        if (!perform(config.state, step.act, one.event, ageMs).includes(config.state)) break;
        done |= step.bit;
      }
    return done === config.done ? config : { ...config, done };
  };

  return (configs, target) => {
    const found: Config[] = [];
    const stack: Config[] = [];
    const seen = new Set<string>();
    const mayShow = createForesight(open, target);
    const reach = (reached: Config): void => {
      const config = settle(reached);
      const id = `${config.done} ${textOf(config.state)} ${timesOf(config.state).join()}`;
      if (seen.has(id) || !mayShow(config)) return;
      seen.add(id);
      (happened(config, target) ? found : stack).push(config);
    };
    configs.forEach(reach);
    for (let config = stack.pop(); config !== undefined; config = stack.pop())
      for (const one of open.values()) {
        const step = nextOf(one, config.done);
        if (step === undefined) continue;
        if (++steps > most) return undefined;
        for (const state of perform(config.state, step.act, one.event, ageMs))
          if (!isIdle(one, step, config.state, state)) reach({ state, done: config.done | step.bit });
      }
    return found;
  };
}

/**
 * Whether the target can still be shown what it was: where nothing but additions are open, a quantity that is too large
 * stays so, and one that is too small needs some. Without this, each of the changes whose fate is unknown doubles the
 * search.
 */
function createForesight(open: ReadonlyMap<number, Open>, target: Open): (config: Config) => boolean {
  const last = target.event.acts.at(-1);
  if (last === undefined || !('shown' in last) || last.shown === undefined || last.kind === 'create') return () => true;
  const { key, shown } = last;
  const additions: { readonly productId: string; readonly quantity: number; readonly bit: bigint }[] = [];
  const others = new Set<string>();
  for (const { event, bits } of open.values())
    for (const [index, act] of event.acts.entries()) {
      if (act.kind === 'change' && act.key === key) {
        const { change } = act;
        if (change.kind === 'add') additions.push({ ...change, bit: bits[index] as bigint });
        else others.add(change.productId);
      } else if (!leavesLines(act, key)) return () => true;
    }
  return (config) => {
    const session = key === undefined ? undefined : config.state.get(key);
    if (session === undefined || happened(config, target)) return true;
    const productIds = new Set([...session.lines.keys(), ...shown.lines.keys()]);
    return [...productIds].every((productId) => {
      if (others.has(productId)) return true;
      const missing = (shown.lines.get(productId) ?? 0) - (session.lines.get(productId) ?? 0);
      const left = additions
        .filter((each) => each.productId === productId && (config.done & each.bit) === 0n)
        .reduce((sum, { quantity }) => sum + quantity, 0);
      return missing >= 0 && missing <= left;
    });
  };
}

/** It looks, ends sessions, or does something to others. */
function leavesLines(act: Act, key: number | undefined): boolean {
  switch (act.kind) {
    case 'see':
    case 'gone':
    case 'logout':
      return true;
    case 'login':
      return act.newKey !== key;
    case 'change':
    case 'create':
    case 'form':
    case 'order':
    case 'close':
      return act.key !== key;
  }
}

/** What may as well never happen, and changes nothing, leads nowhere else. */
const isIdle = ({ event }: Open, { act }: Step, before: State, after: State): boolean =>
  event.to === undefined && act === event.acts.at(-1) && textOf(before) === textOf(after);

const onlyLooks = ({ kind }: Act): boolean => kind === 'see' || kind === 'gone';

interface Step {
  readonly act: Act;
  readonly bit: bigint;
}

/** The first of its acts that has not happened yet. */
function nextOf({ event, bits }: Open, done: bigint): Step | undefined {
  const index = bits.findIndex((bit) => (done & bit) === 0n);
  const [act, bit] = [event.acts[index], bits[index]];
  return act === undefined || bit === undefined ? undefined : { act, bit };
}

const happened = ({ done }: Config, { bits }: Open): boolean => bits.every((bit) => (done & bit) !== 0n);

const forgetting = (over: readonly Open[]): ((config: Config) => Config) => {
  const kept = ~over.flatMap(({ bits }) => bits).reduce((all, bit) => all | bit, 0n);
  return ({ state, done }) => ({ state, done: done & kept });
};

/** What may happen or not, and would change nothing any more, as its session is gone and nothing can make it anew. */
function idleOf(
  configs: readonly Config[],
  open: ReadonlyMap<number, Open>,
  isMade: (key: number) => boolean,
): readonly number[] {
  const doesNothing = (act: Act): boolean =>
    madeBy(act) === undefined &&
    (act.key === undefined || (isMade(act.key) && configs.every(({ state }) => !state.has(act.key as number))));
  return [...open]
    .filter(([, { event }]) => event.to === undefined && event.acts.every(doesNothing))
    .map(([index]) => index);
}

/** The key of the session that it may make. */
const madeBy = (act: Act): number | undefined =>
  act.kind === 'login' ? act.newKey : act.kind === 'create' ? act.key : undefined;

/** By when each key has been made that is made at all. */
function lastMadeOf(events: readonly Event[]): ReadonlyMap<number, number> {
  const latest = new Map<number, number>();
  for (const { acts, to = Infinity } of events)
    for (const act of acts) {
      const made = madeBy(act);
      if (made !== undefined) latest.set(made, Math.max(to, latest.get(made) ?? -Infinity));
    }
  return latest;
}

/**
 * Of situations that are the same but for what has happened of that which may never, and for when a session may expire,
 * those stay from which all can come that can come from the others.
 */
function withoutWorse(configs: readonly Config[], open: ReadonlyMap<number, Open>): readonly Config[] {
  // Of an event that has begun, it matters that it has.
  const optional = [...open.values()]
    .filter(({ event }) => event.to === undefined)
    .reduce((mask, { bits }) => mask | (bits.at(-1) ?? 0n), 0n);
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

const texts = new WeakMap<State, string>();

/** All of a state but when sessions may expire. */
function textOf(state: State): string {
  const known = texts.get(state);
  if (known !== undefined) return known;
  const text = byKey(state)
    .map(([key, session]) => `${key}${session.text}`)
    .join();
  texts.set(state, text);
  return text;
}

const timesOf = (state: State): number[] => byKey(state).map(([, { mayEndFrom }]) => mayEndFrom);
