import type { LastVerify } from '../verify/record-verify.ts';
import type { MoveStatus } from './move-status.ts';

/** Whether a verb can be used now, and why, or why not. */
export interface VerbAdvice {
  readonly verb: 'start' | 'backfill' | 'verify' | 'switch' | 'rollback' | 'complete' | 'cancel';
  readonly safe: boolean;
  readonly why: string;
}

type State = Pick<MoveStatus, 'phases' | 'moved' | 'covered' | 'sides'> & {
  readonly lastVerify: Pick<LastVerify, 'clean'> | undefined;
};

const no = (why: string) => ({ safe: false, why });
const yes = (why: string) => ({ safe: true, why });
type Verdict = ReturnType<typeof no>;

/** What is safe to do next and what is not, by the state alone; what a verb checks beside it, its --dry-run tells. */
export function adviseVerbs(state: State): VerbAdvice[] {
  const unusable = whyUnusable(state);
  const advise = (verb: VerbAdvice['verb'], verdict: (state: State) => Verdict): VerbAdvice => ({
    verb,
    ...(unusable === undefined ? verdict(state) : no(unusable)),
  });
  return [
    advise('start', start),
    advise('backfill', backfill),
    advise('verify', verify),
    advise('switch', switchForward),
    advise('rollback', rollback),
    advise('complete', complete),
    advise('cancel', cancel),
  ];
}

function whyUnusable({ sides }: State): string | undefined {
  for (const side of ['old', 'new'] as const) {
    const probe = sides[side];
    if (!probe.reachable) return `the ${side} database does not answer`;
    if (probe.missing.length > 0) return `the ${side} database is not migrated`;
  }
  return undefined;
}

const isRunning = ({ phases }: State): boolean => (phases.off ?? 0) + (phases.complete ?? 0) < 256;
const isComplete = ({ phases }: State): boolean => phases.complete === 256;
const hasSwitched = ({ phases }: State): boolean =>
  (phases.merging ?? 0) + (phases.moved ?? 0) + (phases.complete ?? 0) + (phases['merging-back'] ?? 0) > 0;
const isIllegal = ({ phases }: State): boolean => phases.illegal !== undefined;

const CONTRADICTION = 'the fences contradict each other: find out what happened to the databases first';

const start = (state: State): Verdict => {
  if (isIllegal(state)) return no(CONTRADICTION);
  if (isComplete(state)) return no('the move is complete');
  return isRunning(state) ? no('the move is under way') : yes('nothing changes for the shop');
};

const backfill = (state: State): Verdict => {
  if (!isRunning(state)) return no('there is no move under way');
  return state.covered === 256 ? no('every bucket has been copied') : yes('nothing changes for the shop');
};

const verify = (state: State): Verdict => (isRunning(state) ? yes('it only reads') : no('there is no move under way'));

const switchForward = (state: State): Verdict => {
  if (isIllegal(state)) return no(CONTRADICTION);
  if (!isRunning(state)) return no('there is no move under way');
  if (state.moved === 256) return no('everything has been switched');
  if (state.covered < 256) return no(`the backfill has copied ${state.covered} of 256 buckets`);
  if (state.lastVerify === undefined) return no('nothing has been verified yet');
  return state.lastVerify.clean ? yes('rollback takes it back') : no('the last verify found differences');
};

const rollback = (state: State): Verdict => {
  if (isIllegal(state)) return no(CONTRADICTION);
  if (!isRunning(state)) return no(isComplete(state) ? 'the move is complete' : 'there is no move under way');
  const any = state.moved > 0 || state.phases.switching !== undefined;
  return any ? yes('everything written since is kept') : no('nothing has been switched');
};

const complete = (state: State): Verdict => {
  if (isComplete(state)) return no('it has been done');
  const settled = (state.phases.moved ?? 0) + (state.phases.complete ?? 0);
  if (settled < 256) return no(`${settled} of 256 buckets have moved and settled`);
  return yes('there is no way back afterwards');
};

const cancel = (state: State): Verdict => {
  if (!isRunning(state)) return no('there is no move under way');
  return hasSwitched(state) ? no('sessions have been switched: roll back first') : yes('the new database is emptied');
};
