import { otherSite } from '@switchyard/session-backends/fence';
import type { Fence, SiteName } from '@switchyard/session-backends/fence';
import { fenceSteps } from './fence-steps.ts';
import type { FenceOptions, FenceStep, SiteView } from './fence-steps.ts';
import type { Has } from './mechanisms.ts';
import { siteText } from './world.ts';
import type { Site } from './world.ts';

/**
 * One of several controllers that know nothing of each other. It reads the site that it is going to change, then the
 * other one, decides, and then makes a compare-and-set on what it read; it may pause for any time in between. (The order
 * matters: what it knows of the other site is no older than the row that it compares with.)
 */
export type Controller =
  | { readonly stage: 'idle' }
  | { readonly stage: 'read'; readonly first: SiteView }
  | { readonly stage: 'decided'; readonly at: SiteName; readonly expected: Fence; readonly step: FenceStep };

export interface ControllerOutcome {
  readonly controller: Controller;
  /** The site that was changed, if one was. */
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

/** The site after a fence change. `prepare` begins a move, and the backfill's cursor with it. */
export function applyFenceStep(site: Site, step: FenceStep): Site {
  const changed = { ...site, fence: step.fence };
  const restarted = step.empties || step.name === 'prepare';
  const covered = restarted ? site.covered.map(() => false) : site.covered;
  if (!step.empties) return { ...changed, covered };
  return { ...changed, rows: site.rows.map(() => null), outbox: site.outbox.map(() => 0), covered };
}

/** A fence as a story tells it. */
export function fenceText({ state, epoch, merge, capture, floor, moveId }: Fence): string {
  const set = [merge && 'merge', capture && 'capture', floor > 0 && 'floor', moveId && `move ${moveId}`].filter(
    Boolean,
  );
  return `"${state}" of epoch ${epoch}${set.length > 0 ? ` (${set.join(', ')})` : ''}`;
}

export const fenceStepText = (at: SiteName, { name, fence }: FenceStep): string =>
  `${name}: ${siteText(at)} becomes ${fenceText(fence)}`;

export function stepController(
  has: Has,
  controller: Controller,
  sites: Record<SiteName, Site>,
  options: FenceOptions,
): readonly ControllerOutcome[] {
  switch (controller.stage) {
    case 'idle':
      return SITES.map((at) => ({
        controller: { stage: 'read', first: viewOf(sites[at]) },
        site: undefined,
        tag: 'controller-reads',
        text: reading(sites[at]),
      }));
    case 'read': {
      const { first } = controller;
      const second = sites[otherSite(first.name)];
      const otherWay = has('ownFirst') ? [] : decide(has, viewOf(second), first, options, reading(second));
      return [...decide(has, first, viewOf(second), options, reading(second)), ...otherWay];
    }
    case 'decided':
      return [change(has, controller, sites[controller.at])];
  }
}

const reading = ({ name, fence }: Site): string => `reads ${siteText(name)}: ${fenceText(fence)}`;

const decide = (has: Has, own: SiteView, other: SiteView, options: FenceOptions, text: string): ControllerOutcome[] =>
  fenceSteps(has, own, other, options).map((step) => ({
    controller: { stage: 'decided', at: own.name, expected: own.fence, step },
    site: undefined,
    tag: 'controller-decides',
    text: `${text}, and decides on ${step.name} at ${siteText(own.name)}`,
  }));

function change(
  has: Has,
  { at, expected, step }: Extract<Controller, { stage: 'decided' }>,
  site: Site,
): ControllerOutcome {
  const same = has('wholeRowCas')
    ? JSON.stringify(site.fence) === JSON.stringify(expected)
    : site.fence.epoch === expected.epoch;
  if (!same) {
    const text = `tries ${step.name} at ${siteText(at)}, which has changed meanwhile: nothing happens`;
    return { controller: IDLE, site: undefined, tag: 'cas-refused', text };
  }
  return { controller: IDLE, site: applyFenceStep(site, step), tag: step.name, text: fenceStepText(at, step) };
}
