import { NOT_COVERED } from './coverage.ts';
import type { JobResult } from './jobs.ts';

export interface MutantReport {
  readonly name: string;
  readonly title: string;
  readonly caught: boolean;
  /** Of the shortest counterexample; null if none was found. */
  readonly steps: number | null;
  readonly states: number;
  readonly story: readonly string[];
}

export interface ScenarioReport {
  readonly name: string;
  readonly title: string;
  readonly bound: string;
  readonly holds: boolean;
  readonly states: number;
  readonly seconds: number;
  /** Kinds of steps that it was to take and did not. */
  readonly missed: readonly string[];
  /** Empty if it holds. */
  readonly story: readonly string[];
}

export interface ModelReport {
  /** Every scenario holds, and took every kind of step that it was to take. */
  readonly holds: boolean;
  /** Visited in all runs, scenarios and mutants together. */
  readonly states: number;
  /** From start to end; scenarios and mutants run side by side. */
  readonly seconds: number;
  readonly mutants: readonly MutantReport[];
  readonly scenarios: readonly ScenarioReport[];
  /** Each scenario's bound is its own; this is what they have in common. */
  readonly bound: string;
  readonly notCovered: readonly string[];
}

const BOUND =
  'One bucket of one or two keys. Every order of every step within the bound of each scenario is visited; processes, controllers and the worker may stop for good at any step.';

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

export function reportOf(results: readonly JobResult[], seconds: number): ModelReport {
  const scenarios = results.filter(({ kind }) => kind === 'scenario').map(scenarioOf);
  return {
    holds: scenarios.every(({ holds, missed }) => holds && missed.length === 0),
    states: results.reduce((sum, { states }) => sum + states, 0),
    seconds: round(seconds),
    mutants: results.filter(({ kind }) => kind === 'mutant').map(mutantOf),
    scenarios,
    bound: BOUND,
    notCovered: NOT_COVERED,
  };
}

const scenarioOf = ({ name, title, bound, holds, states, seconds, missed, story }: JobResult): ScenarioReport => ({
  name,
  title,
  bound: bound ?? '',
  holds,
  states,
  seconds: round(seconds),
  missed,
  story,
});

const mutantOf = ({ name, title, steps, states, story }: JobResult): MutantReport => ({
  name,
  title,
  caught: steps !== undefined,
  steps: steps ?? null,
  states,
  story,
});

/** 0: it holds and every mutant was caught. 4: not so. */
export const exitCodeOf = ({ holds, mutants }: ModelReport): 0 | 4 =>
  holds && mutants.every(({ caught }) => caught) ? 0 : 4;

/** One finished run, for people. */
export function describe(result: JobResult): string {
  const { kind, name, title, bound, states, seconds, holds, missed, steps, story } = result;
  const indented = story.map((line) => `    ${line}`);
  if (kind === 'mutant') {
    const verdict = steps === undefined ? 'NOT CAUGHT' : `caught in ${steps} steps`;
    return [`${name}: ${verdict}`, `  ${title}`, ...indented, ''].join('\n');
  }
  const verdict = holds ? 'holds' : 'DOES NOT HOLD';
  const shortfall = missed.length > 0 ? [`  but it never came to: ${missed.join(', ')}`] : [];
  return [
    `${name}: ${verdict}; ${states.toLocaleString('en')} states, ${round(seconds)} s`,
    `  ${title}`,
    `  bound: ${bound ?? ''}`,
    ...shortfall,
    ...indented,
    '',
  ].join('\n');
}

/** The end of the text for people. */
export function summarize(report: ModelReport): string {
  const caught = report.mutants.filter((mutant) => mutant.caught).length;
  const lines: string[] = [];
  if (report.scenarios.length > 0) {
    lines.push(
      report.holds ? 'The fenced move holds.' : 'The fenced move DOES NOT HOLD, or a run has shown too little.',
    );
    lines.push(
      `${report.states.toLocaleString('en')} states in all runs, ${report.scenarios.length} scenarios. ${report.bound}`,
    );
  }
  if (report.mutants.length > 0) lines.push(`${caught} of ${report.mutants.length} mutants caught.`);
  return [
    ...lines,
    `${report.seconds} s in all.`,
    '',
    'Not covered:',
    ...report.notCovered.map((line) => `- ${line}`),
  ].join('\n');
}
