import { createStateTable } from './state-table.ts';
import type { StateTable } from './state-table.ts';

/** What one step was: a few words for the count of what was reached, and a sentence for the story. */
export interface StepLabel {
  /** The kind of step, such as `adopt` or `parity`. */
  readonly tag: string;
  readonly text: string;
}

/** Receives one possible next state. The state is the callee's to change only until it returns. */
export type Emit = (next: Int32Array, who: string, label: StepLabel) => void;

/** A system to be explored: states are vectors of `width` small integers. */
export interface Model {
  readonly width: number;
  readonly initial: Int32Array;
  /** Calls `emit` for every step that is possible in `state`. */
  successors(state: Int32Array, emit: Emit): void;
  /** Rewrites a state to the one that stands for all its mirror images (interchangeable processes in another order). */
  canonicalize(state: Int32Array): void;
  /** Says what is wrong with a state; undefined if nothing is. */
  violation(state: Int32Array): string | undefined;
  /** `violation`, at length, for the last state of a story. `previous` is the state before it. */
  explain(state: Int32Array, previous: Int32Array | undefined): string;
}

export interface Step {
  readonly who: string;
  readonly label: StepLabel;
}

export interface Counterexample {
  readonly steps: readonly Step[];
  /** What is wrong in the end. */
  readonly verdict: string;
}

export interface Exploration {
  readonly states: number;
  readonly seconds: number;
  /** False: the limit on states was hit before every state had been seen. */
  readonly complete: boolean;
  /** Tags of all steps that were taken somewhere. */
  readonly reached: ReadonlySet<string>;
  readonly counterexample: Counterexample | undefined;
}

/**
 * Visits every state that can be reached, nearest first, and stops at the first one that is wrong; so the
 * counterexample is one of the shortest there are.
 */
export function explore(model: Model, maxStates = Infinity): Exploration {
  const startedAt = performance.now();
  const table = createStateTable(model.width);
  const reached = new Set<string>();
  const current = new Int32Array(model.width);
  let parent = -1;
  let found = -1;

  const visit: Emit = (next, _who, label) => {
    reached.add(label.tag);
    model.canonicalize(next);
    const index = table.add(next, parent);
    if (index < 0) return;
    if (found < 0 && model.violation(next) !== undefined) found = index;
  };

  visit(model.initial.slice(), '', { tag: 'start', text: '' });
  for (parent = 0; parent < table.size() && found < 0 && table.size() < maxStates; parent++) {
    table.read(parent, current);
    model.successors(current, visit);
  }
  return {
    states: table.size(),
    seconds: (performance.now() - startedAt) / 1000,
    complete: found < 0 && parent >= table.size(),
    reached,
    counterexample: found < 0 ? undefined : traceTo(model, table, found),
  };
}

/**
 * Runs the model again along the way to state number `index`. States are followed as they come, not in their canonical
 * form, so that each process keeps its name throughout the story.
 */
function traceTo(model: Model, table: StateTable, index: number): Counterexample {
  const path: number[] = [];
  for (let at = index; at > 0; at = table.parentOf(at)) path.unshift(at);
  const steps: Step[] = [];
  const wanted = new Int32Array(model.width);
  const seen = new Int32Array(model.width);
  let state: Int32Array = model.initial.slice();
  let previous: Int32Array | undefined;
  for (const next of path) {
    table.read(next, wanted);
    let match: Int32Array | undefined;
    model.successors(state, (candidate, who, label) => {
      if (match) return;
      seen.set(candidate);
      model.canonicalize(seen);
      if (seen.some((word, i) => word !== wanted[i])) return;
      match = candidate.slice();
      steps.push({ who, label });
    });
    if (!match) throw new Error('The model gave different steps when it was run a second time');
    previous = state;
    state = match;
  }
  return { steps, verdict: model.explain(state, previous) };
}
