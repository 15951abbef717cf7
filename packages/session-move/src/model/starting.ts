import { beliefAtStart, otherSite } from '@switchyard/session-backends/fence';
import type { Fence, SiteName } from '@switchyard/session-backends/fence';
import type { Has } from './mechanisms.ts';
import type { Process } from './request.ts';
import { beliefText, siteText } from './world.ts';
import type { Site } from './world.ts';

export interface StartOutcome {
  readonly process: Process;
  readonly tag: string;
  readonly text: string;
}

const SITES: readonly SiteName[] = ['old', 'new'];

/** An idle process is killed and started again: it asks one fence first, whichever. */
export const restart = (process: Process, sites: Record<SiteName, Site>): readonly StartOutcome[] =>
  SITES.map((site) => ({
    process: { ...process, seen: null, starting: { site, fence: sites[site].fence } },
    tag: 'restart',
    text: `is started again and asks ${siteText(site)}: "${sites[site].fence.state}" of epoch ${sites[site].fence.epoch}`,
  }));

/** It asks the other fence, or cannot reach it. */
export function continueStart(has: Has, process: Process, sites: Record<SiteName, Site>): readonly StartOutcome[] {
  const asked = process.starting as NonNullable<Process['starting']>;
  const second = otherSite(asked.site);
  const { fence } = sites[second];
  return [
    conclude(has, process, asked, fence, `asks ${siteText(second)}: "${fence.state}" of epoch ${fence.epoch}`),
    conclude(has, process, asked, undefined, `cannot reach ${siteText(second)}`),
  ];
}

function conclude(
  has: Has,
  process: Process,
  asked: NonNullable<Process['starting']>,
  second: Fence | undefined,
  text: string,
): StartOutcome {
  const trusting = (fence: Fence | undefined): Fence | undefined =>
    fence?.state === 'armed' && !has('startDistrustsArmed') ? { ...fence, state: 'auth' } : fence;
  const fences = { [asked.site]: trusting(asked.fence), [otherSite(asked.site)]: trusting(second) };
  const belief = beliefAtStart(fences['old'], fences['new']);
  const outcome = belief ? `believes that ${beliefText(belief)}` : 'serves nobody yet';
  return {
    process: { ...process, belief: belief ?? process.belief, starting: null },
    tag: 'started',
    text: `${text}: ${outcome}`,
  };
}
