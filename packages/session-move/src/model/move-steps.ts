import type { Budget } from './budget.ts';
import { applyFenceStep, fenceStepText, stepController, viewOf } from './controllers.ts';
import type { StepLabel } from './explorer.ts';
import { fenceSteps } from './fence-steps.ts';
import type { FenceOptions, FenceStep } from './fence-steps.ts';
import { createPairing, memoize, memoize2 } from './intern.ts';
import { wronglyCleared } from './network.ts';
import { purgesAt } from './purge.ts';
import type { Purge } from './purge.ts';
import type { Scenario } from './scenario.ts';
import { applyCopy, applyWrite, judge, remove } from './statements.ts';
import { clockPart, idPart, NO_EVENT } from './universe.ts';
import type { Universe } from './universe.ts';
import { rowText, siteText } from './world.ts';
import type { Copy, Site } from './world.ts';

/** A step of the move itself, in numbers; what is not mentioned stays. */
export interface MoveStep {
  readonly who: string;
  readonly label: StepLabel;
  readonly site?: number;
  readonly network?: number;
  readonly budget?: number;
  readonly event?: number;
}

export interface ControllerMove {
  readonly controller: number;
  readonly site: number | undefined;
  readonly budget: number;
  readonly label: StepLabel;
}

export interface MoveSteps {
  /** Controller, purge and clock. */
  steps(pair: number, budget: number): readonly MoveStep[];
  /** Copies and late writes that reach their site. */
  arrivals(pair: number, networkAndClock: number): readonly MoveStep[];
  /** What one of several controllers may do. */
  controller(controller: number, pair: number, budget: number): readonly ControllerMove[];
}

const STRIKES: Record<Scenario['clock'], number> = { stands: 0, hours: 1, expiry: 2 };

export function moveSteps(universe: Universe): MoveSteps {
  const { scenario, has, sites, networks, budgets, events, controllers } = universe;
  const situations = createPairing();
  const bothWays = (pair: number): (readonly [Site, Site])[] => {
    const both = universe.bothSites(pair);
    return [
      [both.old, both.new],
      [both.new, both.old],
    ];
  };

  const allowed = (step: FenceStep): boolean => scenario.disarm || step.name !== 'disarm';
  const optionsOf = (budget: Budget): FenceOptions => ({
    lastEpoch: scenario.hops + 1,
    freshMoveId: budget.moves < scenario.moves ? `m${budget.moves + 1}` : null,
    mayStop: scenario.moves > 1,
  });
  const afterStep = (budget: number, name: string): number => {
    const value = budgets.valueOf(budget);
    return name === 'prepare' ? budgets.idOf({ ...value, moves: value.moves + 1 }) : budget;
  };

  const controllerSteps = (pair: number, budget: number): MoveStep[] =>
    bothWays(pair).flatMap(([own, other]) =>
      fenceSteps(has, viewOf(own), viewOf(other), optionsOf(budgets.valueOf(budget)))
        .filter(allowed)
        .map((step) => ({
          who: 'controller',
          label: { tag: `${step.name}-${step.fence.epoch}`, text: fenceStepText(own.name, step) },
          site: sites.idOf(applyFenceStep(own, step)),
          budget: afterStep(budget, step.name),
        })),
    );

  const purgeSteps = (pair: number, clock: number): MoveStep[] =>
    bothWays(pair).flatMap(([site]) => purgesAt(has, site, clock).map((purge) => purgeStep(site, purge)));

  const purgeStep = (site: Site, { key, by }: Purge): MoveStep => {
    const counts = Boolean(scenario.kinds.create);
    const purges = counts && by === 'authority' ? site.purges.with(key, (site.purges[key] as number) + 1) : site.purges;
    return {
      who: 'purge',
      label: {
        tag: `purge-${by}`,
        text: `deletes ${rowText(site.rows[key] ?? null)} at ${siteText(site.name)}, the ${by}`,
      },
      site: sites.idOf({ ...remove(site, key), purges }),
      event: counts ? events.idOf({ kind: 'purge', key }) : NO_EVENT,
    };
  };

  const clockStep = (budget: number): MoveStep[] => {
    const value = budgets.valueOf(budget);
    if (value.clock >= STRIKES[scenario.clock]) return [];
    const clock = value.clock + 1;
    const expires = scenario.clock === 'expiry';
    return [
      {
        who: 'clock',
        label: { tag: `clock-${clock}`, text: expires && clock === 1 ? 'short sessions expire' : 'an hour passes' },
        budget: budgets.idOf({ ...value, clock }),
        event: expires ? events.idOf({ kind: 'clock', now: clock }) : NO_EVENT,
      },
    ];
  };

  const arrival = (copy: Copy, pair: number, clock: number): MoveStep[] => {
    const site = universe.bothSites(pair)[copy.to];
    const after = applyCopy(has, site, copy, clock);
    if (after === site) return [];
    const what = copy.row ? `the copy of ${rowText(copy.row)}` : 'the news that there is no row to copy';
    const effect = after.rows === site.rows ? ', which keeps what it has' : '';
    const text = `brings ${what} to ${siteText(site.name)}${effect}`;
    return [{ who: 'worker', label: { tag: 'copy', text }, site: sites.idOf(after) }];
  };

  const lateWrites = (pair: number, network: number, clock: number): MoveStep[] => {
    const value = networks.valueOf(network);
    return value.underWay.map(({ to, write }, at) => {
      const site = universe.bothSites(pair)[to];
      const judged = judge(has, site, { site: to, epoch: write.believedEpoch }, true);
      const after = judged.kind === 'serve' ? applyWrite(has, site, write, judged, clock) : undefined;
      const effect = after ? rowText(after.rows[write.key] ?? null) : 'nothing is written';
      return {
        who: 'network',
        label: {
          tag: after ? 'late-write' : 'late-write-refused',
          text: `the ${write.kind} of request ${write.request}, whose sender has given up waiting, reaches ${siteText(to)}: ${effect}`,
        },
        site: sites.idOf(after ?? site),
        network: networks.idOf({ ...value, underWay: value.underWay.toSpliced(at, 1) }),
      };
    });
  };

  const wrongClearings = (pair: number, network: number): MoveStep[] =>
    bothWays(pair).flatMap(([source, destination]) =>
      wronglyCleared(source, destination, networks.valueOf(network).copies).map((key) => ({
        who: 'worker',
        label: {
          tag: 'clear',
          text: `hears that an older copy has arrived, and clears the outbox entry at ${siteText(source.name)}`,
        },
        site: sites.idOf({ ...source, outbox: source.outbox.with(key, 0) }),
      })),
    );

  const controllerMoves = memoize2((controller, situation): readonly ControllerMove[] => {
    const budget = situations.secondOf(situation);
    const both = universe.bothSites(situations.firstOf(situation));
    return stepController(has, controllers.valueOf(controller), both, optionsOf(budgets.valueOf(budget)))
      .filter(({ controller: after }) => after.stage !== 'decided' || allowed(after.step))
      .map((outcome) => ({
        controller: controllers.idOf(outcome.controller),
        site: outcome.site && sites.idOf(outcome.site),
        budget: outcome.site ? afterStep(budget, outcome.tag) : budget,
        label: {
          tag: outcome.site ? `${outcome.tag}-${outcome.site.fence.epoch}` : outcome.tag,
          text: outcome.text,
        },
      }));
  });

  const stepsIn = memoize((situation): readonly MoveStep[] => {
    const pair = situations.firstOf(situation);
    const budget = situations.secondOf(situation);
    return [
      ...(scenario.controllers === 0 ? controllerSteps(pair, budget) : []),
      ...(scenario.purge ? purgeSteps(pair, budgets.valueOf(budget).clock) : []),
      ...clockStep(budget),
    ];
  });

  return {
    steps: (pair, budget) => stepsIn(situations.idOf(pair, budget)),
    arrivals: memoize2((pair, slot) => [
      ...networks.valueOf(idPart(slot)).copies.flatMap((copy) => arrival(copy, pair, clockPart(slot))),
      ...lateWrites(pair, idPart(slot), clockPart(slot)),
      ...(has('clearByVersion') ? [] : wrongClearings(pair, idPart(slot))),
    ]),
    controller: (controller, pair, budget) => controllerMoves(controller, situations.idOf(pair, budget)),
  };
}
