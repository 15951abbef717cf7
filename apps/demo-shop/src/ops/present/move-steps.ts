import type { MoveVerb } from '@switchyard/session-move';
import type { ConsoleStatus } from '../status/console-status.ts';

export interface MoveStep {
  readonly verb: MoveVerb;
  readonly title: string;
  readonly does: string;
  readonly isSafe: boolean;
  /** It has been done, as far as it goes. */
  readonly isDone: boolean;
  readonly why: string;
  /** Shares to choose from; none: it goes for all. */
  readonly percents: readonly number[];
  /** The smallest of them that is not there yet. */
  readonly nextPercent: number | undefined;
}

export interface MoveSteps {
  readonly forward: readonly MoveStep[];
  readonly back: readonly MoveStep[];
  /** The first that is safe and not done: what one would do next. */
  readonly next: MoveVerb | undefined;
}

const WORDS: Readonly<Record<MoveVerb, readonly [title: string, does: string]>> = {
  start: ['Start', 'The old database begins to list what changes.'],
  backfill: ['Backfill', 'Copies what the new database lacks.'],
  verify: ['Verify', 'Compares both, while the shop writes.'],
  switch: ['Switch', 'The new database serves a share of the sessions.'],
  complete: ['Complete', 'Empties the old table. The end.'],
  rollback: ['Roll back', 'The old database serves again, with everything written since.'],
  cancel: ['Cancel', 'Takes the move back before its first switch.'],
};

const FORWARD: readonly MoveVerb[] = ['start', 'backfill', 'verify', 'switch', 'complete'];
const BACK: readonly MoveVerb[] = ['rollback', 'cancel'];

export function moveSteps({ move }: ConsoleStatus): MoveSteps {
  const done = doneVerbs(move);
  const step = (verb: MoveVerb): MoveStep => {
    const advice = move.verbs.find((each) => each.verb === verb);
    const [title, does] = WORDS[verb];
    const percents = verb === 'switch' ? [1, 10, 50, 100] : [];
    return {
      verb,
      title,
      does,
      isSafe: advice?.safe ?? false,
      isDone: done.has(verb),
      why: advice?.why ?? '',
      percents,
      nextPercent: percents.find((percent) => (move.moved * 100) / 256 < percent),
    };
  };
  const forward = FORWARD.map(step);
  return { forward, back: BACK.map(step), next: forward.find(({ isSafe, isDone }) => isSafe && !isDone)?.verb };
}

function doneVerbs({ phases, moved, covered, lastVerify }: ConsoleStatus['move']): ReadonlySet<MoveVerb> {
  const done = new Set<MoveVerb>();
  const isComplete = phases.complete === 256;
  if ((phases.off ?? 0) === 256 || Object.keys(phases).length === 0) return done;
  done.add('start');
  if (covered === 256 || isComplete) done.add('backfill');
  if (lastVerify?.clean === true || isComplete) done.add('verify');
  if (moved === 256) done.add('switch');
  if (isComplete) done.add('complete');
  return done;
}
