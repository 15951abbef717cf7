import { fullBudget } from './budget.ts';
import { IDLE } from './controllers.ts';
import type { Emit, Model, StepLabel } from './explorer.ts';
import { possibleLoads } from './history.ts';
import { startingHistory, startingProcess, startSites } from './initial-state.ts';
import { memoize, memoize2 } from './intern.ts';
import type { Has } from './mechanisms.ts';
import { moveSteps } from './move-steps.ts';
import { probe } from './probe.ts';
import { requestSteps } from './request-steps.ts';
import type { Scenario } from './scenario.ts';
import { clockPart, createUniverse, idPart, NO_EVENT, withClock, WRONG } from './universe.ts';
import { explainAnswer, explainProbe } from './verdict.ts';

/** Where each part of a state lies in its vector; after these come the processes, then the controllers. */
const PAIR = 0;
const NETWORK = 1;
const BUDGET = 2;
const HISTORY = 3;
const PROCESSES = 4;

/** The fenced move of one bucket: the mechanisms of `has`, within the bounds of `scenario`. */
export function fencedModel(scenario: Scenario, has: Has): Model {
  const universe = createUniverse(scenario, has);
  const { budgets, histories, networks } = universe;
  const requests = requestSteps(universe);
  const move = moveSteps(universe);
  const controllersAt = PROCESSES + scenario.processes;
  const width = controllersAt + scenario.controllers;
  const shopNames = Array.from({ length: scenario.processes }, (_, i) => `shop-${i + 1}`);
  const controllerNames = Array.from({ length: scenario.controllers }, (_, i) => `controller-${i + 1}`);
  const next = new Int32Array(width);

  const clockOf = memoize((budget) => budgets.valueOf(budget).clock);
  const spend = (what: 'lostAnswers' | 'restarts'): ((budget: number) => number) =>
    memoize((budget) => {
      const value = budgets.valueOf(budget);
      return value[what] === 0 ? NONE_LEFT : budgets.idOf({ ...value, [what]: value[what] - 1 });
    });
  const spendLostAnswer = spend('lostAnswers');
  const spendRestart = spend('restarts');
  const keyGivenOut = memoize((budget) => budgets.idOf({ ...budgets.valueOf(budget), keyGivenOut: true }));
  const startSlots = startSites(scenario);

  /** Lets the worker do what it does at once, and hands the state over. */
  function pass(emit: Emit, who: string, label: StepLabel): void {
    const clock = clockOf(next[BUDGET] as number);
    const after = universe.settle(next[PAIR] as number, withClock(next[NETWORK] as number, clock));
    next[PAIR] = after.pair;
    next[NETWORK] = after.network;
    emit(next, who, label);
  }

  function emitStatement(
    state: Int32Array,
    at: number,
    process: number,
    budget: number,
    history: number,
    intro: string,
    emit: Emit,
  ): void {
    const pair = state[PAIR] as number;
    const site = universe.siteIdOf(pair, requests.targetOf(process));
    for (const step of requests.statement(process, withClock(site, clockOf(budget)))) {
      next.set(state);
      next[BUDGET] = budget;
      if (step.underWay) {
        const spent = spendLostAnswer(budget);
        if (spent === NONE_LEFT) continue;
        next[BUDGET] = spent;
        const network = networks.valueOf(state[NETWORK] as number);
        next[NETWORK] = networks.idOf({ ...network, underWay: [...network.underWay, step.underWay] });
      }
      if (step.givesKeyOut) next[BUDGET] = keyGivenOut(budget);
      next[PAIR] = universe.replaceSite(pair, step.site);
      next[HISTORY] = universe.happen(history, step.event);
      next[PROCESSES + at] = step.process;
      pass(
        emit,
        shopNames[at] as string,
        intro === '' ? step.label : { tag: step.label.tag, text: intro + step.label.text },
      );
    }
  }

  /** The beginning of a request and its first statement are one step: to begin earlier only makes more answers right. */
  function emitProcess(state: Int32Array, at: number, emit: Emit): void {
    const process = state[PROCESSES + at] as number;
    const budget = state[BUDGET] as number;
    const history = state[HISTORY] as number;
    if (!requests.isIdle(process) && !requests.isStarting(process)) {
      emitStatement(state, at, process, budget, history, '', emit);
      return;
    }
    if (requests.isIdle(process)) {
      for (const begun of requests.begin(process, budget))
        emitStatement(state, at, begun.process, begun.budget, universe.happen(history, begun.event), begun.intro, emit);
    }
    emitStart(state, at, process, emit);
  }

  function emitStart(state: Int32Array, at: number, process: number, emit: Emit): void {
    const budget = requests.isStarting(process) ? (state[BUDGET] as number) : spendRestart(state[BUDGET] as number);
    if (budget === NONE_LEFT) return;
    for (const step of requests.start(process, state[PAIR] as number)) {
      next.set(state);
      next[BUDGET] = budget;
      next[PROCESSES + at] = step.process;
      pass(emit, shopNames[at] as string, step.label);
    }
  }

  function emitMove(state: Int32Array, emit: Emit): void {
    const pair = state[PAIR] as number;
    const budget = state[BUDGET] as number;
    const network = state[NETWORK] as number;
    for (const steps of [move.steps(pair, budget), move.arrivals(pair, withClock(network, clockOf(budget)))]) {
      for (const step of steps) {
        next.set(state);
        if (step.site !== undefined) next[PAIR] = universe.replaceSite(pair, step.site);
        if (step.network !== undefined) next[NETWORK] = step.network;
        if (step.budget !== undefined) next[BUDGET] = step.budget;
        next[HISTORY] = universe.happen(state[HISTORY] as number, step.event ?? NO_EVENT);
        pass(emit, step.who, step.label);
      }
    }
  }

  function emitController(state: Int32Array, at: number, emit: Emit): void {
    const pair = state[PAIR] as number;
    for (const step of move.controller(state[controllersAt + at] as number, pair, state[BUDGET] as number)) {
      next.set(state);
      if (step.site !== undefined) next[PAIR] = universe.replaceSite(pair, step.site);
      next[BUDGET] = step.budget;
      next[controllersAt + at] = step.controller;
      pass(emit, controllerNames[at] as string, step.label);
    }
  }

  const probes = memoize2((pair, slot) => ({
    found: probe(has, universe.bothSites(pair), idPart(slot), clockPart(slot)),
  }));
  const possible = memoize2((history, key) => possibleLoads(histories.valueOf(history), key));

  function wrongProbe(state: Int32Array): number {
    const clock = clockOf(state[BUDGET] as number);
    for (let key = 0; key < scenario.keys; key++) {
      const { found } = probes(state[PAIR] as number, withClock(key, clock));
      if (found && !possible(state[HISTORY] as number, key).has(found.result)) return key;
    }
    return -1;
  }

  return {
    width,
    initial: initialState(),
    successors(state, emit) {
      if (state[HISTORY] === WRONG) return;
      for (let at = 0; at < scenario.processes; at++) emitProcess(state, at, emit);
      emitMove(state, emit);
      for (let at = 0; at < scenario.controllers; at++) emitController(state, at, emit);
    },
    canonicalize(state) {
      sortPart(state, PROCESSES, controllersAt);
      sortPart(state, controllersAt, width);
    },
    violation(state) {
      if (state[HISTORY] === WRONG) return 'wrong answer';
      return wrongProbe(state) < 0 ? undefined : 'wrong read';
    },
    explain(state, previous) {
      if (state[HISTORY] === WRONG)
        return explainAnswer(histories.valueOf((previous as Int32Array)[HISTORY] as number));
      const key = wrongProbe(state);
      const { found } = probes(state[PAIR] as number, withClock(key, clockOf(state[BUDGET] as number)));
      return explainProbe(found, possible(state[HISTORY] as number, key));
    },
  };

  function initialState(): Int32Array {
    const state = new Int32Array(width);
    const pair = universe.pairs.idOf(universe.sites.idOf(startSlots.old), universe.sites.idOf(startSlots.new));
    const settled = universe.settle(pair, withClock(networks.idOf({ copies: [], underWay: [] }), 0));
    state[PAIR] = settled.pair;
    state[NETWORK] = settled.network;
    state[BUDGET] = budgets.idOf(fullBudget(scenario));
    state[HISTORY] = histories.idOf(startingHistory(scenario));
    state.fill(universe.processes.idOf(startingProcess), PROCESSES, controllersAt);
    state.fill(universe.controllers.idOf(IDLE), controllersAt, width);
    return state;
  }
}

const NONE_LEFT = -1;

function sortPart(state: Int32Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const moved = state[i] as number;
    let at = i;
    for (; at > from && (state[at - 1] as number) > moved; at--) state[at] = state[at - 1] as number;
    state[at] = moved;
  }
}
