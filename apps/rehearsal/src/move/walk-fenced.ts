import type { Chronicle } from '../faults/chronicle.ts';
import type { StepFaults } from '../faults/fault-run.ts';
import { RehearsalError } from '../rehearsal-error.ts';
import { compareRows, type RowComparison } from './compare-rows.ts';
import type { Crew } from './crew.ts';
import type { HelperProcess } from './helper-process.ts';
import type { VerbOutcome } from './messages.ts';
import type { FencedPlan } from './plan.ts';
import { FENCED_STEPS, type Verb, type VerbStep } from './steps.ts';
import { wait } from './wait.ts';
import { countRows, insist, type Walked, type WalkOptions } from './walk-flags.ts';

const AGAIN_MS = 150;
/** For one step, whatever goes wrong in it. */
const STEP_LIMIT_MS = 60_000;

/** With these a controller says that it cannot be done now; whoever has given the verb gives it again. */
const NOT_NOW: readonly (string | undefined)[] = ['NOT_NOW', 'FLIP_BLOCKED', 'SIDE_UNREACHABLE'];

/**
 * Moves the sessions by the fences while the shop is open: a part, half, all of them, back, and all again; with the verbs
 * of an operator, who gives each again until it is done, and waits for no process.
 */
export async function walkFenced(options: WalkOptions<FencedPlan>): Promise<Walked> {
  const { stage, plan, faults, chronicle, onStep, signal } = options;
  const crew = stage.crew as Crew;
  await wait(plan.baselineMs, signal);
  await stage.fleet.allOpen();
  let comparison: RowComparison | undefined;
  let emptied = 0;
  for (const [index, step] of FENCED_STEPS.entries()) {
    onStep(step.name);
    const going = faults.begin(index);
    if (step.verb === 'complete') emptied = await countRows(stage, signal);
    await perform(step, { crew, going, chronicle, signal });
    await wait(plan.pauseMs, signal);
    await going.done();
    if (going.mayBeUndone) await perform(step, { crew, going, chronicle, signal });
    if (step.name === 'verify again') comparison = await compare(options);
  }
  return { comparison: comparison as RowComparison, emptied };
}

interface Performing {
  readonly crew: Crew;
  readonly going: StepFaults;
  readonly chronicle: Chronicle;
  readonly signal: AbortSignal;
}

/** @throws {RehearsalError} MOVE_NOT_SETTLED */
async function perform(step: VerbStep, { crew, going, chronicle, signal }: Performing): Promise<void> {
  const giveUpAt = performance.now() + STEP_LIMIT_MS;
  const give = async (verb: Verb): Promise<VerbOutcome> => {
    const controller = await readyOne(crew, signal);
    going.beforeVerb(controller);
    const outcome = await controller.give(verb.verb, verb.percent);
    chronicle.tell(`${controller.name}: ${describeVerb(verb)} ${describe(outcome)}`);
    if (outcome.result === 'failed' && !NOT_NOW.includes(outcome.code))
      chronicle.find(`${describeVerb(verb)} failed: ${outcome.code ?? 'a fault of ours'}: ${outcome.why}`);
    if (outcome.result === 'done' && outcome.clean === false)
      chronicle.find('the databases differ: verify is not clean');
    return outcome;
  };
  while ((await give(step)).result !== 'done') {
    if (performance.now() > giveUpAt)
      throw new RehearsalError(
        'MOVE_NOT_SETTLED',
        `"${step.name}" was not done within ${STEP_LIMIT_MS / 1_000} s. What happened:\n${linesOf(chronicle)}`,
      );
    await wait(AGAIN_MS, signal);
    // Somebody has switched everything back in between.
    if (step.verb === 'complete') await give({ verb: 'switch', percent: 100 });
  }
}

async function readyOne({ controllers }: Crew, signal: AbortSignal): Promise<HelperProcess> {
  for (;;) {
    const ready = controllers.find((controller) => controller.isReady());
    if (ready !== undefined) return ready;
    await wait(20, signal);
  }
}

const describeVerb = ({ verb, percent }: Verb): string =>
  verb === 'switch' || verb === 'rollback' ? `${verb} --percent ${percent}` : verb;

function describe(outcome: VerbOutcome): string {
  switch (outcome.result) {
    case 'done':
      return 'done';
    case 'refused':
      return `refused (${outcome.why})`;
    case 'failed':
      return `failed (${outcome.code ?? outcome.why})`;
    case 'silent':
      return 'no answer any more';
  }
}

export const linesOf = (chronicle: Chronicle): string =>
  chronicle
    .notes()
    .map(({ second, what }) => `${second.toFixed(2).padStart(7)} s  ${what}`)
    .join('\n');

/** The old database is a mirror by now, that has or gets everything. */
async function compare({ stage, plan, chronicle, signal }: WalkOptions<FencedPlan>): Promise<RowComparison> {
  const comparison = await insist(() => compareRows(stage.databases.pools, plan.compareMs, signal), signal);
  if (comparison.matching < comparison.compared)
    chronicle.find(`${comparison.compared - comparison.matching} of ${comparison.compared} live rows differ`);
  return comparison;
}
