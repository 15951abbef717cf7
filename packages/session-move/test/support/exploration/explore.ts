import type { Step } from './schedule.ts';

/** One run of the system under test, from its beginning. */
export interface Run {
  /** What may happen next; empty at the end. */
  steps(): readonly Step[];
  /** Lets everything that has been set off come to rest. */
  rest(): Promise<void>;
  /** To be called at the end, when nothing is left to decide. */
  finish(): Promise<void>;
  /** What was wrong, if something was. */
  problem(): string | undefined;
}

export interface Explored {
  readonly schedules: number;
  readonly steps: number;
  /** The first run that went wrong, told step by step. */
  readonly found: { readonly problem: string; readonly story: readonly string[] } | undefined;
}

export interface Bounds {
  /** How often a task that could go on may be interrupted in favour of another. */
  readonly preemptions: number;
  /** How many connections may fail. */
  readonly faults: number;
  /** Schedules at most. Default: all. */
  readonly limit?: number;
}

/** Which of the steps to take, given which task took the last one. */
type Choose = (steps: readonly Step[], last: string | undefined) => Step;

async function perform(run: Run, choose: Choose): Promise<{ story: string[]; problem: string | undefined }> {
  const story: string[] = [];
  let last: string | undefined;
  await run.rest();
  for (let steps = run.steps(); steps.length > 0 && run.problem() === undefined; steps = run.steps()) {
    const step = choose(steps, last);
    story.push(`${step.task}: ${step.text}`);
    step.take();
    last = step.task;
    await run.rest();
  }
  if (run.problem() === undefined) await run.finish();
  return { story, problem: run.problem() };
}

/** The task that goes on by itself comes first, faults come last: the first step is what happens without interference. */
const inOrder = (steps: readonly Step[], last: string | undefined): Step[] => {
  const rank = ({ task, fault }: Step): number => (fault ? 2 : 0) + (task === last ? 0 : 1);
  return [...steps].sort((a, b) => rank(a) - rank(b));
};

interface Prefix {
  readonly choices: readonly number[];
  readonly preemptions: number;
  readonly faults: number;
}

/**
 * Runs every schedule within the bounds, each from its beginning: first the one without interference, then all that
 * differ from one already run in one step, and so on.
 */
export async function exploreAll(begin: () => Run, bounds: Bounds): Promise<Explored> {
  const { limit = Infinity } = bounds;
  const left: Prefix[] = [{ choices: [], preemptions: 0, faults: 0 }];
  let schedules = 0;
  let steps = 0;
  for (let prefix = left.pop(); prefix !== undefined && schedules < limit; prefix = left.pop()) {
    const { choices } = prefix;
    const taken: number[] = [];
    let { preemptions, faults } = prefix;
    const { story, problem } = await perform(begin(), (all, last) => {
      const ordered = inOrder(all, last);
      const couldGoOn = ordered[0]?.task === last && !ordered[0]?.fault;
      const at = taken.length;
      if (at >= choices.length)
        ordered.forEach((step, choice) => {
          const cost = {
            preemptions: preemptions + (couldGoOn && step.task !== last ? 1 : 0),
            faults: faults + (step.fault ? 1 : 0),
          };
          if (choice > 0 && cost.preemptions <= bounds.preemptions && cost.faults <= bounds.faults)
            left.push({ choices: [...taken, choice], ...cost });
        });
      const choice = choices[at] ?? 0;
      taken.push(choice);
      const step = ordered[choice];
      if (step === undefined)
        throw new Error('the same choices have led elsewhere: something is not decided by the schedule');
      return step;
    });
    schedules++;
    steps += story.length;
    if (problem !== undefined) return { schedules, steps, found: { problem, story } };
  }
  return { schedules, steps, found: undefined };
}

/** Runs one random schedule for each seed. */
export async function exploreRandomly(
  begin: (random: Random) => Run,
  seeds: readonly number[],
  faults: number,
): Promise<Explored & { readonly seed?: number }> {
  let schedules = 0;
  let steps = 0;
  for (const seed of seeds) {
    const random = createRandom(seed);
    let faultsLeft = faults;
    const { story, problem } = await perform(begin(random), (all, last) => {
      const possible = all.filter(({ fault }) => !fault || (faultsLeft > 0 && random.chance(0.2)));
      // Long stretches of one task reach deeper than an even mixture.
      const going = possible.filter(({ task }) => task === last);
      const step = random.pick(going.length > 0 && random.chance(0.5) ? going : possible);
      if (step.fault) faultsLeft--;
      return step;
    });
    schedules++;
    steps += story.length;
    if (problem !== undefined) return { schedules, steps, found: { problem, story }, seed };
  }
  return { schedules, steps, found: undefined };
}

export interface Random {
  /** 0 up to, and not including, `below`. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** The same numbers for the same seed (a 32-bit xorshift over a mixed seed). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 4; i++) next();
  return {
    below: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
  };
}
