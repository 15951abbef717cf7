import { hasParity, ownerOf, versionOf } from '@switchyard/session-backends/fence';
import type { Fence, SiteName, Version } from '@switchyard/session-backends/fence';
import type { Has } from './mechanisms.ts';

/** What a controller reads of one site before it changes a fence. */
export interface SiteView {
  readonly name: SiteName;
  readonly fence: Fence;
  /** The versions in its outbox. */
  readonly outbox: readonly Version[];
  /** The backfill into this site is complete. */
  readonly covered: boolean;
}

export type FenceStepName =
  'prepare' | 'capture' | 'arm' | 'disarm' | 'commit' | 'activate' | 'parity' | 'settle' | 'stop-capture' | 'wipe';

/** One transaction at one site: the new fence row and, for `prepare` and `wipe`, an empty table. */
export interface FenceStep {
  readonly name: FenceStepName;
  readonly fence: Fence;
  readonly empties: boolean;
}

export interface FenceOptions {
  /** No switch to a later epoch than this. */
  readonly lastEpoch: number;
  /** The id of a new move, or null if none may begin. */
  readonly freshMoveId: string | null;
  /** Capture may be stopped: a cancel before the first switch, a completion after. */
  readonly mayStop: boolean;
}

/**
 * Every change of `own`'s fence that a controller may make, having read both sites. Each one is a compare-and-set: it
 * is done only if the fence still is what was read. The state of a move is read off the two fences, nowhere else, so
 * whoever comes after a crash finds the same steps.
 */
export function fenceSteps(has: Has, own: SiteView, other: SiteView, options: FenceOptions): readonly FenceStep[] {
  const change = (name: FenceStepName, part: Partial<Fence>, empties = false): FenceStep => ({
    name,
    fence: { ...own.fence, ...part },
    empties,
  });
  switch (own.fence.state) {
    case 'auth':
      return authoritySteps(has, own, other, options, change);
    case 'armed':
      return armedSteps(has, own, other, change);
    case 'gone':
    case 'idle':
      return mirrorSteps(has, own, other, options, change);
  }
}

type Change = (name: FenceStepName, part: Partial<Fence>, empties?: boolean) => FenceStep;

function authoritySteps(has: Has, own: SiteView, other: SiteView, options: FenceOptions, change: Change): FenceStep[] {
  const { epoch, capture, merge, moveId } = own.fence;
  const steps: FenceStep[] = [];
  const otherFollows = other.fence.state === 'idle' || other.fence.state === 'gone';
  if (!capture && otherFollows && other.fence.moveId !== null && other.fence.moveId !== moveId)
    steps.push(change('capture', { capture: true, moveId: other.fence.moveId }));
  if (capture && sameMove(own, other) && other.fence.state === 'armed' && other.fence.epoch === epoch + 1)
    steps.push(change('commit', { epoch: epoch + 1, state: 'gone', merge: false }));
  if (merge && parityReached(has, own, other))
    steps.push(change('parity', { merge: false, floor: versionOf(epoch, 0) }));
  if (options.mayStop && capture && !merge && otherFollows) steps.push(change('stop-capture', { capture: false }));
  return steps;
}

function parityReached(has: Has, own: SiteView, other: SiteView): boolean {
  if (!has('order')) return true;
  const otherGone = other.fence.state === 'gone' && other.fence.epoch === own.fence.epoch;
  const entries = has('parity') ? other.outbox.length : 0;
  return otherGone && hasParity(entries, own.covered || !has('backfill'));
}

function armedSteps(has: Has, own: SiteView, other: SiteView, change: Change): FenceStep[] {
  const { epoch } = own.fence;
  if ((other.fence.state === 'gone' && other.fence.epoch === epoch) || !has('order'))
    return [change('activate', { state: 'auth', capture: true })];
  if (other.fence.state !== 'auth') return [];
  // While the other side is in its merge, this one must be there to be asked; after it, it must never be asked again.
  const state = other.fence.merge || !has('disarmSettled') ? 'gone' : 'idle';
  return [change('disarm', { state, epoch: epoch - 1, merge: false, capture: epoch > 2 })];
}

function mirrorSteps(has: Has, own: SiteView, other: SiteView, options: FenceOptions, change: Change): FenceStep[] {
  const { epoch, state } = own.fence;
  const steps: FenceStep[] = [];
  const otherServes = other.fence.state === 'auth' && other.fence.epoch === epoch;
  const otherGaveUp = other.fence.state === 'gone' && other.fence.epoch === epoch + 1;
  const ready = (otherServes && other.fence.capture) || otherGaveUp;
  if (ready && sameMove(own, other) && epoch < options.lastEpoch && ownerOf(epoch + 1) === own.name) {
    const capture = has('captureFromArm');
    steps.push(change('arm', { epoch: epoch + 1, state: 'armed', merge: has('mergeReads'), capture }));
  }
  const mergeIsOver = otherServes && !other.fence.merge;
  const start = versionOf(epoch, 0);
  const lacksNothing = own.covered && other.outbox.every((version) => version >= start);
  const unsettled = state === 'gone' || (epoch > 1 && own.fence.floor < start);
  if (unsettled && mergeIsOver && lacksNothing)
    steps.push(change('settle', { state: 'idle', floor: has('floorAtMirror') ? start : own.fence.floor }));
  if (state === 'idle' && mergeIsOver && !other.fence.capture) {
    if (options.freshMoveId !== null)
      steps.push(change('prepare', { moveId: options.freshMoveId, floor: 0 }, has('wipeBeforeMove')));
    if (epoch > 1 && sameMove(own, other) && own.fence.floor !== CLOSED)
      steps.push(change('wipe', { floor: CLOSED }, true));
  }
  return steps;
}

const sameMove = (own: SiteView, other: SiteView): boolean => own.fence.moveId === other.fence.moveId;

/** A floor above every version: no copy is let in any more. */
export const CLOSED = versionOf(4096, 0);
