import { BUCKETS, MAX_EPOCH, otherHasGivenUp, otherSite, type SiteName } from '@switchyard/session-backends/fence';
import { fenceSteps, type FenceStep, type FenceStepName, type SiteView } from './model/fence-steps.ts';
import type { BucketViews } from './move-views.ts';

export const ALL_BUCKETS: readonly number[] = Array.from({ length: BUCKETS }, (_, bucket) => bucket);

/** Which of the steps that are possible at `own` belong to what is being done. */
export type Wanted = (step: FenceStepName, own: SiteView, other: SiteView) => boolean;

/** Of a move with this id, or of none. */
export const claim =
  (moveId: string | null): Wanted =>
  (step, own) =>
    step === 'prepare' && own.name === 'new' && own.fence.moveId === moveId;

/** A switch that has passed its commit point is finished first, whichever way it goes. */
export const switchTo =
  (to: SiteName): Wanted =>
  (step, own, other) => {
    if (step === 'activate' || (step === 'arm' && otherHasGivenUp(other.fence, own.fence.epoch + 1))) return true;
    return own.name === to ? step === 'arm' : step === 'commit' || step === 'disarm';
  };

export const settle: Wanted = (step) => step === 'parity' || step === 'settle';

/**
 * The old side lists its changes for the move that has claimed the new one. A cancel at the same moment may have given the
 * new one another id than the old one has: then it stops and begins anew.
 */
export const captureForClaim: Wanted = (step, own, other) =>
  own.name === 'old' && (step === 'capture' || (step === 'stop-capture' && own.fence.moveId !== other.fence.moveId));

/** One kind of step at one side. */
export const at =
  (side: SiteName, wanted: FenceStepName): Wanted =>
  (step, own) =>
    step === wanted && own.name === side;

/** One step of one bucket, and the fence it was planned for. */
export interface PlannedStep {
  readonly bucket: number;
  readonly own: SiteView;
  readonly step: FenceStep;
}

/** The wanted steps that are possible now, in each of the buckets. */
export function plannedSteps(
  buckets: readonly number[],
  views: readonly BucketViews[],
  wanted: Wanted,
  freshMoveId: string | null = null,
): PlannedStep[] {
  const options = { lastEpoch: MAX_EPOCH - 1, freshMoveId, mayStop: true };
  return buckets.flatMap((bucket) => {
    const view = views[bucket] as BucketViews;
    return [view.old, view.new].flatMap((own) => {
      const other = view[otherSite(own.name)];
      return fenceSteps(() => true, own, other, options)
        .filter((step) => wanted(step.name, own, other))
        .map((step) => ({ bucket, own, step }));
    });
  });
}

/**
 * Those that are made next, in one transaction: one kind of step at one side at a time, since the order of steps is what
 * makes them safe.
 */
export const nextBatch = (plan: readonly PlannedStep[]): readonly PlannedStep[] => {
  const [first] = plan;
  return plan.filter(({ own, step }) => own.name === first?.own.name && step.name === first.step.name);
};
