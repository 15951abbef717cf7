import { explore } from './explorer.ts';
import type { Model } from './explorer.ts';
import { fencedModel } from './fenced-model.ts';
import { allBut } from './mechanisms.ts';
import { MUTANTS } from './mutants.ts';
import type { Scenario } from './scenario.ts';
import { boundOf, scenarios } from './scenarios.ts';
import { storyOf } from './story.ts';
import { twoFlagsModel } from './two-flags.ts';
import { HAZARDS } from './two-flags-hazards.ts';

/** One run of the model: a scenario that has to hold, or a mutant that has to be caught. */
export interface Job {
  readonly kind: 'scenario' | 'mutant';
  readonly name: string;
  readonly deep: boolean;
}

export interface JobResult {
  readonly kind: Job['kind'];
  readonly name: string;
  readonly title: string;
  readonly bound: string | undefined;
  readonly states: number;
  readonly seconds: number;
  /** Every state within the bound was visited, and none is wrong. */
  readonly holds: boolean;
  /** What the run was to come by and did not: it has shown less than it says. */
  readonly missed: readonly string[];
  /** Steps of the counterexample, if one was found. */
  readonly steps: number | undefined;
  readonly story: readonly string[];
}

export const scenarioJobs = (deep: boolean): readonly Job[] =>
  scenarios(deep).map(({ name }) => ({ kind: 'scenario', name, deep }));

export const mutantJobs = (): readonly Job[] =>
  [...HAZARDS, ...MUTANTS].map(({ name }) => ({ kind: 'mutant', name, deep: false }));

export function runJob(job: Job): JobResult {
  if (job.kind === 'scenario') {
    const scenario = scenarios(job.deep).find(({ name }) => name === job.name);
    if (scenario) return runScenario(scenario);
  } else {
    const hazard = HAZARDS.find(({ name }) => name === job.name);
    if (hazard) return run('mutant', hazard.name, hazard.title, undefined, twoFlagsModel(hazard.scenario));
    const mutant = MUTANTS.find(({ name }) => name === job.name);
    if (mutant) {
      const model = fencedModel(mutant.scenario, allBut(...mutant.without));
      return run('mutant', mutant.name, mutant.title, boundOf(mutant.scenario), model);
    }
  }
  throw new TypeError(`There is no ${job.kind} named ${job.name}`);
}

export const runScenario = (scenario: Scenario): JobResult =>
  run(
    'scenario',
    scenario.name,
    scenario.title,
    boundOf(scenario),
    fencedModel(scenario, allBut()),
    scenario.mustReach,
  );

function run(
  kind: Job['kind'],
  name: string,
  title: string,
  bound: string | undefined,
  model: Model,
  mustReach: readonly string[] = [],
): JobResult {
  const { states, seconds, complete, reached, counterexample } = explore(model);
  return {
    kind,
    name,
    title,
    bound,
    states,
    seconds,
    holds: complete,
    missed: counterexample ? [] : mustReach.filter((tag) => !reached.has(tag)),
    steps: counterexample?.steps.length,
    story: counterexample ? storyOf(counterexample) : [],
  };
}
