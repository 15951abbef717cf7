import { otherSite, type SiteName } from '@switchyard/session-backends/fence';
import type { FenceStepName } from '../model/fence-steps.ts';
import type { BucketViews } from '../move-views.ts';
import { nextBatch, plannedSteps, type Wanted } from '../verb-steps.ts';

/** One transaction of a controller that is still to come. */
export interface StepAhead {
  readonly at: SiteName;
  readonly step: FenceStepName;
  readonly buckets: number;
}

/** More than any verb takes. */
const MOST = 40;

/**
 * The steps that a controller would make from here, one kind after the other as it would make them, if everything is
 * carried across in between. Changes nothing.
 */
export function stepsAhead(
  found: readonly BucketViews[],
  buckets: readonly number[],
  phases: readonly Wanted[],
  freshMoveId: string | null = null,
): StepAhead[] {
  const views = found.map((view) => ({ old: drained(view.old), new: drained(view.new) }));
  const ahead: StepAhead[] = [];
  for (const wanted of phases)
    for (let round = 0; round < MOST; round++) {
      const batch = nextBatch(plannedSteps(buckets, views, wanted, freshMoveId));
      const [first] = batch;
      if (first === undefined) break;
      ahead.push({ at: first.own.name, step: first.step.name, buckets: batch.length });
      for (const { bucket, own, step } of batch) {
        const view = views[bucket] as BucketViews;
        const changed = { ...own, fence: step.fence };
        views[bucket] = own.name === 'old' ? { ...view, old: changed } : { ...view, new: changed };
      }
    }
  return ahead;
}

const drained = (side: BucketViews['old']): BucketViews['old'] => ({ ...side, outbox: [], covered: true });

/** What a step means for an operator, and how it is taken back. */
export function describeStep({ at, step, buckets }: StepAhead): { readonly does: string; readonly undo: string } {
  const here = `${at} database`;
  const other = `${otherSite(at)} database`;
  const many = buckets === 256 ? 'all buckets' : `${buckets} of 256 buckets`;
  switch (step) {
    case 'prepare':
      return { does: `claim the ${here} for the move, its session tables empty`, undo: 'cancel' };
    case 'capture':
      return { does: `the ${here} lists what changes in ${many}`, undo: 'cancel' };
    case 'arm':
      return {
        does: `the ${here} is ready to take over ${many}`,
        undo: 'taken back by itself: nothing has changed hands',
      };
    case 'disarm':
      return { does: `the ${here} is not going to take over ${many}`, undo: 'switch' };
    case 'commit':
      return { does: `the ${here} gives up ${many}`, undo: at === 'old' ? 'rollback' : 'switch' };
    case 'activate':
      return {
        does: `the ${here} serves ${many}, and asks the ${other} for what it lacks`,
        undo: at === 'new' ? 'rollback' : 'switch',
      };
    case 'parity':
      return {
        does: `everything is across: the ${here} serves ${many} alone`,
        undo: at === 'new' ? 'rollback' : 'switch',
      };
    case 'settle':
      return { does: `the ${here} is the warm mirror of ${many}`, undo: at === 'old' ? 'rollback' : 'switch' };
    case 'stop-capture':
      return { does: `the ${here} lists no changes of ${many} any more`, undo: at === 'old' ? 'start' : 'none' };
    case 'wipe':
      return { does: `the session table of the ${here} is emptied for good`, undo: 'none' };
  }
}
