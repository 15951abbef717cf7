import { linearize, type LinearizeOptions } from '../checker/linearize.ts';
import type { History } from './history.ts';
import { sessionsOf } from './sessions-of.ts';
import { storyOf, type SessionStory } from './story.ts';

/** Whether sessions behaved as if each did one thing after the other. */
export interface HistoryReport {
  /** Sessions in whose history something is that no order explains. */
  readonly nonLinearizable: number;
  /** Sessions of which that could not be found out in the time there is. */
  readonly undecided: number;
  /** Of the first sessions in which something was found. */
  readonly stories: readonly SessionStory[];
  readonly history: HistoryCounts;
}

/** How much was looked at. */
export interface HistoryCounts {
  readonly sessions: number;
  readonly operations: number;
  /** Operations of which nobody knows whether they were done. */
  readonly unknown: number;
  /** Requests that came when the history was full, and were not checked. */
  readonly notKept: number;
}

export interface CheckOptions extends LinearizeOptions {
  /** The moment that stories count from, on the history's clock. */
  readonly since: number;
}

const STORIES_TOLD = 20;

export function checkHistory(history: History, { since, ...options }: CheckOptions): HistoryReport {
  const operations = history.operations();
  const counts = { linearizable: 0, violation: 0, undecided: 0 };
  const stories: SessionStory[] = [];
  const sessions = sessionsOf(operations);
  for (const [index, session] of sessions.entries()) {
    const verdict = linearize(session.events, options);
    counts[verdict.kind] += 1;
    if (verdict.kind !== 'linearizable' && stories.length < STORIES_TOLD)
      stories.push(storyOf({ session, number: index + 1, verdict, since }));
  }
  return {
    nonLinearizable: counts.violation,
    undecided: counts.undecided,
    stories,
    history: {
      sessions: sessions.length,
      operations: operations.length,
      unknown: operations.filter(({ outcome }) => outcome === 'unknown').length,
      notKept: history.notKept,
    },
  };
}
