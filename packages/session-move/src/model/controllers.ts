import { otherSite } from '@switchyard/session-backends/fence';
import type { Fence, SiteName, Version } from '@switchyard/session-backends/fence';
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
  | {
      readonly stage: 'reads';
      readonly first: SiteView | null;
      /** Where a view is not one snapshot: the outbox has been read, the fence comes later. */
      readonly counted: { readonly at: SiteName; readonly outbox: readonly Version[] } | null;
    }
  | { readonly stage: 'decided'; readonly at: SiteName; readonly expected: Fence; readonly step: FenceStep };

type Reading = Extract<Controller, { stage: 'reads' }>;
type Decided = Extract<Controller, { stage: 'decided' }>;

export interface ControllerOutcome {
  readonly controller: Controller;
  /** The site that was changed, if one was. */
  readonly site: Site | undefined;
  readonly tag: string;
  readonly text: string;
}

export const IDLE: Controller = { stage: 'reads', first: null, counted: null };
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

export const fenceStepText = (at: SiteName, { name, fence }: FenceStep): string => {
  const set = [fence.merge && 'merge', fence.capture && 'capture', fence.floor > 0 && 'floor'].filter(Boolean);
  const flags = set.length > 0 ? ` (${set.join(', ')})` : '';
  return `${name}: ${siteText(at)} becomes "${fence.state}" of epoch ${fence.epoch}${flags}`;
};

export function stepController(
  has: Has,
  controller: Controller,
  sites: Record<SiteName, Site>,
  options: FenceOptions,
): readonly ControllerOutcome[] {
  return controller.stage === 'decided'
    ? [change(has, controller, sites[controller.at])]
    : look(has, controller, sites, options);
}

function look(
  has: Has,
  { first, counted }: Reading,
  sites: Record<SiteName, Site>,
  options: FenceOptions,
): readonly ControllerOutcome[] {
  const nextSites = counted ? [counted.at] : first ? [otherSite(first.name)] : SITES;
  return nextSites.flatMap((at): readonly ControllerOutcome[] => {
    const site = sites[at];
    const view = counted ? { ...viewOf(site), outbox: counted.outbox } : viewOf(site);
    if (!has('oneSnapshot') && !counted) {
      const entries = view.outbox.length === 0 ? 'no entries' : 'entries';
      return [
        reads({ first, counted: { at, outbox: view.outbox } }, `reads the outbox of ${siteText(at)}: ${entries}`),
      ];
    }
    const text = `reads ${siteText(at)}: "${site.fence.state}" of epoch ${site.fence.epoch}`;
    if (!first) return [reads({ first: view, counted: null }, text)];
    const otherWay = has('ownFirst') ? [] : decide(has, view, first, options, text);
    return [...decide(has, first, view, options, text), ...otherWay];
  });
}

const reads = (state: Omit<Reading, 'stage'>, text: string): ControllerOutcome => ({
  controller: { stage: 'reads', ...state },
  site: undefined,
  tag: 'controller-reads',
  text,
});

const decide = (has: Has, own: SiteView, other: SiteView, options: FenceOptions, text: string): ControllerOutcome[] =>
  fenceSteps(has, own, other, options).map((step) => ({
    controller: { stage: 'decided', at: own.name, expected: own.fence, step },
    site: undefined,
    tag: 'controller-decides',
    text: `${text}, and decides on ${step.name} at ${siteText(own.name)}`,
  }));

function change(has: Has, { at, expected, step }: Decided, site: Site): ControllerOutcome {
  const same = has('wholeRowCas')
    ? JSON.stringify(site.fence) === JSON.stringify(expected)
    : site.fence.epoch === expected.epoch;
  if (!same) {
    const text = `tries ${step.name} at ${siteText(at)}, which has changed meanwhile: nothing happens`;
    return { controller: IDLE, site: undefined, tag: 'cas-refused', text };
  }
  return { controller: IDLE, site: applyFenceStep(site, step), tag: step.name, text: fenceStepText(at, step) };
}
