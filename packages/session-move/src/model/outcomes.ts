import type { Belief } from '@switchyard/session-backends/fence';
import type { Result } from './history.ts';
import type { Has } from './mechanisms.ts';
import { CLEARED } from './request.ts';
import type { Process, Request, Seen, Stage } from './request.ts';
import type { Judged, Write } from './statements.ts';
import { siteText, valueText } from './world.ts';
import type { Site } from './world.ts';

/** What one statement leads to. */
export interface Outcome {
  readonly process: Process;
  readonly site: Site;
  readonly answer: Result | undefined;
  /** The statement is still on its way to the site: the connection was lost before its answer. */
  readonly underWay: Write | undefined;
  readonly tag: string;
  readonly text: string;
}

/** A statement about to be executed: whose, where, when. */
export interface StepOf {
  readonly has: Has;
  readonly process: Process;
  readonly request: Request;
  readonly site: Site;
  readonly clock: number;
}

/** The fence has let the process through, and told it where it is. */
export const believe = (process: Process, site: Site, judged: Judged): Process => ({
  ...process,
  belief: { site: site.name, epoch: judged.epoch },
});

/** The fence has sent the request on to the other site. */
export function bounce(step: StepOf, to: Belief, stage: Stage = 'ask'): Outcome {
  const { process, request, site } = step;
  const { state, epoch } = site.fence;
  // What has been seen of an epoch stays true: a fence that lags behind takes nothing back.
  const belief = { site: to.site, epoch: Math.max(to.epoch, process.belief.epoch) };
  const text = `asks ${siteText(site.name)}, whose fence says "${state}" of epoch ${epoch}: goes to ${siteText(to.site)}`;
  return {
    ...goOn(step, { ...CLEARED, stage }, 'bounce', text),
    process: { ...process, belief, request: { ...request, ...CLEARED, stage } },
  };
}

/** The request goes on to another statement. */
export function goOn(step: StepOf, change: Partial<Request>, tag: string, text: string): Outcome {
  const { process, request, site } = step;
  return {
    process: { ...process, request: { ...request, ...change } },
    site,
    answer: undefined,
    underWay: undefined,
    tag,
    text,
  };
}

/** The request has its answer. */
export function answer(step: StepOf, result: Result, text: string, seen: Seen | null = null): Outcome {
  const { process, request, site } = step;
  const tag = typeof result === 'number' ? 'found' : `${request.kind}-${result}`;
  const spoken = typeof result === 'number' ? valueText(result) : `"${result}"`;
  return {
    process: { ...process, seen, request: null },
    site,
    answer: result,
    underWay: undefined,
    tag,
    text: `${text}; the answer is ${spoken}`,
  };
}

/** The caller is told that the outcome is unknown: the request stays under way for ever. */
export const giveUp = ({ process, site }: StepOf, text: string): Outcome => ({
  process: { ...process, seen: null, request: null },
  site,
  answer: undefined,
  underWay: undefined,
  tag: 'unknown-outcome',
  text: `${text}; the answer is that nobody knows whether it happened`,
});
