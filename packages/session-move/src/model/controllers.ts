import { otherSite } from '@switchyard/session-backends/fence';
import type { Fence, SiteName } from '@switchyard/session-backends/fence';
import { fenceSteps } from './fence-steps.ts';
import type { FenceOptions, FenceStep, SiteView } from './fence-steps.ts';
import type { Has } from './mechanisms.ts';
import { siteText } from './world.ts';
import type { Site } from './world.ts';

/**
 * One of several controllers that know nothing of each other. It reads the site that it is going to change, then the
 * other one, decides, and then makes a compare-and-set on what it read; it may pause for any time in between.
 */
export type Controller =
  | { readonly stage: 'idle' }
  | { readonly stage: 'read'; readonly view: SiteView }
  | { readonly stage: 'decided'; readonly at: SiteName; readonly expected: Fence; readonly step: FenceStep };

export interface ControllerOutcome {
  readonly controller: Controller;
  readonly site: Site | undefined;
  readonly tag: string;
  readonly text: string;
}

export const IDLE: Controller = { stage: 'idle' };
const SITES: readonly SiteName[] = ['old', 'new'];

export const viewOf = (site: Site): SiteView => ({
  name: site.name,
  fence: site.fence,
  outbox: site.outbox.filter((version) => version > 0),
  covered: site.covered.every(Boolean),
});

/** The site after a fence change. The backfill's cursor belongs to its move: a new one starts from the beginning. */
export function applyFenceStep(site: Site, step: FenceStep): Site {
  const cursor =
    step.fence.moveId === site.fence.moveId && !step.empties ? site.covered : site.covered.map(() => false);
  if (!step.empties) return { ...site, fence: step.fence, covered: step.name === 'capture' ? site.covered : cursor };
  return {
    ...site,
    fence: step.fence,
    rows: site.rows.map(() => null),
    outbox: site.outbox.map(() => 0),
    covered: cursor,
  };
}

export const fenceStepText = (at: SiteName, { name, fence }: FenceStep): string => {
  const flags = [fence.merge && 'merge', fence.capture && 'capture', fence.floor > 0 && 'floor']
    .filter(Boolean)
    .join(', ');
  return `${name}: ${siteText(at)} becomes "${fence.state}" of epoch ${fence.epoch}${flags && ` (${flags})`}`;
};

export function stepController(
  has: Has,
  controller: Controller,
  sites: Record<SiteName, Site>,
  options: FenceOptions,
): readonly ControllerOutcome[] {
  switch (controller.stage) {
    case 'idle':
      return SITES.map((at) => ({
        controller: { stage: 'read', view: viewOf(sites[at]) },
        site: undefined,
        tag: 'controller-reads',
        text: `reads ${siteText(at)}: "${sites[at].fence.state}" of epoch ${sites[at].fence.epoch}`,
      }));
    case 'read':
      return decide(has, controller.view, sites[otherSite(controller.view.name)], options);
    case 'decided':
      return [change(has, controller, sites[controller.at])];
  }
}

function decide(has: Has, own: SiteView, other: Site, options: FenceOptions): readonly ControllerOutcome[] {
  return fenceSteps(has, own, viewOf(other), options).map((step) => ({
    controller: { stage: 'decided', at: own.name, expected: own.fence, step },
    site: undefined,
    tag: 'controller-decides',
    text: `reads ${siteText(other.name)}: "${other.fence.state}" of epoch ${other.fence.epoch}, and decides on ${step.name} at ${siteText(own.name)}`,
  }));
}

function change(
  has: Has,
  { at, expected, step }: Extract<Controller, { stage: 'decided' }>,
  site: Site,
): ControllerOutcome {
  const same = has('wholeRowCas')
    ? JSON.stringify(site.fence) === JSON.stringify(expected)
    : site.fence.epoch === expected.epoch;
  if (!same)
    return {
      controller: IDLE,
      site: undefined,
      tag: 'cas-refused',
      text: `tries ${step.name} at ${siteText(at)}, which has changed meanwhile: nothing happens`,
    };
  return { controller: IDLE, site: applyFenceStep(site, step), tag: step.name, text: fenceStepText(at, step) };
}
