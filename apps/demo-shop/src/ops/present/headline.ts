import type { BucketState } from '../status/bucket-states.ts';
import type { ConsoleStatus } from '../status/console-status.ts';
import { percent, plural } from '../words/numbers.ts';

export interface Headline {
  readonly text: string;
  /** What follows from it. */
  readonly next: string;
  readonly tone: 'calm' | 'going' | 'good' | 'bad';
}

export type StateCounts = Readonly<Partial<Record<BucketState, number>>>;

export function countStates(buckets: readonly BucketState[]): StateCounts {
  const counts: Partial<Record<BucketState, number>> = {};
  for (const state of buckets) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Where the move is, in a sentence for somebody who has just come. */
export function headline({ buckets, fill, move, worker }: ConsoleStatus): Headline {
  const counts = countStates(buckets);
  const has = (state: BucketState): number => counts[state] ?? 0;
  const away = (['old', 'new'] as const).find((side) => !move.sides[side].reachable);
  if (has('unknown') > 0)
    return { text: 'Neither database answers.', next: 'Nothing can be said of the move until one does.', tone: 'bad' };
  if (has('illegal') > 0)
    return {
      text: `${plural(has('illegal'), 'bucket has', 'buckets have')} fences that contradict each other.`,
      next: 'Their sessions are refused. Was a database restored from a backup?',
      tone: 'bad',
    };
  if (away !== undefined)
    return { text: `The ${away} database does not answer.`, next: consequence(away, has), tone: 'bad' };
  if (has('off') === 256)
    return { text: 'The old database serves every session.', next: 'No move is under way.', tone: 'calm' };
  if (has('complete') === 256)
    return { text: 'The move is complete.', next: 'The new database serves every session alone.', tone: 'good' };
  if (has('switching') > 0)
    return {
      text: `${plural(has('switching'), 'bucket is', 'buckets are')} changing hands.`,
      next: 'Whoever comes finishes it: give the verb again if its process was killed.',
      tone: 'going',
    };
  const merging = has('merging') + has('merging-back');
  if (merging > 0)
    return {
      text: `${plural(merging, 'bucket')} still ${merging === 1 ? 'looks' : 'look'} at both databases.`,
      next: 'That ends when everything is across.',
      tone: 'going',
    };
  if (has('mirroring') === 256)
    return {
      text: 'The old database serves every session; the new one follows.',
      next: whileMirroring(fill?.covered ?? 0, worker !== undefined, move.lastVerify?.clean),
      tone: 'going',
    };
  const moved = has('moved') + has('complete');
  if (moved === 256)
    return {
      text: 'The new database serves every session; the old one is its warm mirror.',
      next: 'Stay here for as long as you want: the way back is as quick as the way here.',
      tone: 'good',
    };
  return {
    text: `The new database serves ${percent(moved / 256)} of the sessions, the old one the rest.`,
    next: 'Look at the shop, then switch more of them, or go back.',
    tone: 'going',
  };
}

function consequence(away: 'old' | 'new', has: (state: BucketState) => number): string {
  const needed = away === 'old' ? has('off') + has('mirroring') : has('moved') + has('complete');
  const both = has('switching') + has('merging') + has('merging-back');
  if (needed + both === 0) return 'Nobody needs it now: the shop serves every session without it.';
  if (needed + both === 256) return 'Every session waits for it; the shop answers 503 and keeps their cookies.';
  const share = percent((needed + both) / 256);
  return `${share} of the sessions wait for it; the shop answers 503 and keeps their cookies. The others are served.`;
}

function whileMirroring(covered: number, isWorked: boolean, isClean: boolean | undefined): string {
  if (covered < 256)
    return isWorked
      ? 'The worker is filling the new one.'
      : 'It has to be filled: run the worker, or backfill from here.';
  if (isClean === undefined) return 'It is filled. Verify it, then switch a first share.';
  return isClean
    ? 'It is filled and verified: ready to switch.'
    : 'The last verify found mismatches: repair them first.';
}
