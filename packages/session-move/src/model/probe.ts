import { otherSite } from '@switchyard/session-backends/fence';
import type { Belief } from '@switchyard/session-backends/fence';
import type { Result } from './history.ts';
import type { Has } from './mechanisms.ts';
import { stepRequest } from './process.ts';
import { beginRequest, targetOf } from './request.ts';
import type { Process } from './request.ts';
import type { Site } from './world.ts';

const MAX_STATEMENTS = 8;

export interface Probe {
  readonly result: Result;
  readonly texts: readonly string[];
}

/**
 * One more load that nothing interrupts, by a process that has slept since before the move. It is tried in every state,
 * without being part of any: so each state is checked by a reader, and no request of the run has to be spent on it.
 * Undefined if nobody serves at this moment.
 */
export function probe(has: Has, sites: { old: Site; new: Site }, key: number, clock: number): Probe | undefined {
  const asleep: Process = { belief: BEFORE_THE_MOVE, seen: null, starting: null, request: null };
  let process = beginRequest(asleep, { id: 0, kind: 'load', key, value: 0, expires: 0 });
  const texts: string[] = [];
  for (let i = 0; i < MAX_STATEMENTS; i++) {
    const [outcome] = stepRequest(has, process, sites[targetOf(process)], clock);
    if (!outcome) return undefined;
    texts.push(outcome.text);
    if (outcome.answer !== undefined) return { result: outcome.answer, texts };
    process = outcome.process;
  }
  return undefined;
}

export const BEFORE_THE_MOVE: Belief = { site: otherSite('new'), epoch: 1 };
