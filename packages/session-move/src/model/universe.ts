import type { SiteName } from '@switchyard/session-backends/fence';
import type { Budget } from './budget.ts';
import type { Controller } from './controllers.ts';
import { advance } from './history.ts';
import type { History, HistoryEvent } from './history.ts';
import { createInterner, createPairing, memoize2 } from './intern.ts';
import type { Interner, Pairing } from './intern.ts';
import type { Has } from './mechanisms.ts';
import { absorb } from './network.ts';
import type { Network } from './network.ts';
import type { Process } from './request.ts';
import type { Scenario } from './scenario.ts';
import type { Site } from './world.ts';

/** The clock strikes twice at most. */
const CLOCKS = 3;

/** Stands in the place of a history once an answer was wrong. */
export const WRONG = -1;
/** Where an event may stand: nothing that the history has to know. */
export const NO_EVENT = -1;

/** A thing and the clock, as one number. */
export const withClock = (id: number, clock: number): number => id * CLOCKS + clock;
export const clockPart = (slot: number): number => slot % CLOCKS;
export const idPart = (slot: number): number => Math.floor(slot / CLOCKS);

/**
 * One run's dictionary: everything that a state is made of, and the number that stands for it. A state is the numbers of
 * the two sites (as one pair), the network, the budget, the history, each process and each controller.
 */
export interface Universe {
  readonly scenario: Scenario;
  readonly has: Has;
  readonly sites: Interner<Site>;
  readonly pairs: Pairing;
  readonly networks: Interner<Network>;
  readonly budgets: Interner<Budget>;
  readonly histories: Interner<History>;
  readonly events: Interner<HistoryEvent>;
  readonly processes: Interner<Process>;
  readonly controllers: Interner<Controller>;
  siteIdOf(pair: number, name: SiteName): number;
  bothSites(pair: number): Record<SiteName, Site>;
  /** The pair with one of its sites replaced. */
  replaceSite(pair: number, site: number): number;
  /** The history after an event, or WRONG. */
  happen(history: number, event: number): number;
  /** What the worker does by itself after a change. */
  settle(pair: number, networkAndClock: number): { readonly pair: number; readonly network: number };
}

export function createUniverse(scenario: Scenario, has: Has): Universe {
  const sites = createInterner<Site>();
  const pairs = createPairing();
  const networks = createInterner<Network>();
  const histories = createInterner<History>();
  const events = createInterner<HistoryEvent>();
  const workerOptions = {
    has,
    rowsDisappear: scenario.purge || scenario.moves > 1,
    // Ten minutes: less than the hour that a strike stands for, but a session may expire within them.
    copyLife: scenario.clock === 'expiry' ? 2 : 1,
  };

  const bothSites = (pair: number): Record<SiteName, Site> => ({
    old: sites.valueOf(pairs.firstOf(pair)),
    new: sites.valueOf(pairs.secondOf(pair)),
  });
  const afterEvent = memoize2((history, event) => {
    const after = advance(histories.valueOf(history), events.valueOf(event));
    return after ? histories.idOf(after) : WRONG;
  });

  return {
    scenario,
    has,
    sites,
    pairs,
    networks,
    budgets: createInterner<Budget>(),
    histories,
    events,
    processes: createInterner<Process>(),
    controllers: createInterner<Controller>(),
    siteIdOf: (pair, name) => (name === 'old' ? pairs.firstOf(pair) : pairs.secondOf(pair)),
    bothSites,
    replaceSite: memoize2((pair, site) =>
      sites.valueOf(site).name === 'old'
        ? pairs.idOf(site, pairs.secondOf(pair))
        : pairs.idOf(pairs.firstOf(pair), site),
    ),
    happen: (history, event) => (history === WRONG || event === NO_EVENT ? history : afterEvent(history, event)),
    settle: memoize2((pair, slot) => {
      const before = { ...bothSites(pair), network: networks.valueOf(idPart(slot)) };
      const after = scenario.copies ? absorb(workerOptions, before, clockPart(slot)) : before;
      return { pair: pairs.idOf(sites.idOf(after.old), sites.idOf(after.new)), network: networks.idOf(after.network) };
    }),
  };
}
