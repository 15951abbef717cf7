import { describeAge, type VerifyFinding } from '@switchyard/session-move';
import type { ActionSeen } from '../actions/action-record.ts';
import type { ConsoleStatus } from '../status/console-status.ts';
import { count } from '../words/numbers.ts';
import { timeOf } from '../words/time-of.ts';
import { sayOptions } from './option-fields.ts';
import { verbTitle } from './verb-title.ts';

const TONES: Readonly<Record<ActionSeen['state'], string>> = {
  running: 'going',
  done: 'good',
  refused: 'bad',
  failed: 'bad',
  stopped: 'calm',
};

/** What ended longer ago is in the log. */
const SHOWN_MS = 600_000;

/** What is being done, and the latest that was, the newest first. */
export const actionCards = ({ actions, at }: ConsoleStatus) =>
  actions
    .filter(({ finishedAt }) => finishedAt === null || at - Date.parse(finishedAt) < SHOWN_MS)
    .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))
    .map(actionCard);

function actionCard(action: ActionSeen) {
  const { slot, id, actor, process, startedAt, finishedAt, state, isAbandoned, progress, words, report } = action;
  const isRunning = state === 'running' && !isAbandoned;
  const until = finishedAt === null ? '' : ` to ${timeOf(finishedAt)}`;
  return {
    slot,
    id,
    isRunning,
    title: verbTitle(action),
    options: sayOptions(action.verb, action.options),
    canRepair: action.findings.some(({ repaired }) => !repaired),
    tone: isAbandoned || report?.clean === false ? 'bad' : TONES[state],
    state: isAbandoned ? 'broken off' : state,
    by: `${actor}, ${timeOf(startedAt)}${until}, in ${process}`,
    words: isAbandoned ? 'The process that did it is gone. What is done stays done: give it again to go on.' : words,
    progress: isRunning && progress !== null ? progressView(progress) : undefined,
    failed: action.failed,
    findings: action.findings.map(findingView),
  };
}

const progressView = ({ rows, totalRows, rowsPerSecond, leftMs }: NonNullable<ActionSeen['progress']>) => ({
  part: Math.min(1, rows / Math.max(1, totalRows)).toFixed(3),
  rows: `${count(rows)} of about ${count(Math.max(rows, totalRows))} rows`,
  more: `${count(rowsPerSecond)} a second${leftMs === null ? '' : `, ${describeAge(leftMs)} left`}`,
});

const findingView = ({ key, kind, differs, old, new: fresh, repaired }: VerifyFinding) => ({
  key,
  kind: differs.length > 0 ? `${kind} (${differs.join(', ')})` : kind,
  old: describeFound(old),
  new: describeFound(fresh),
  repaired,
});

const describeFound = (found: VerifyFinding['old']): string =>
  found === null ? 'no row' : `${found.state}, version ${epochAndCounter(found.version)}`;

/** As `explain` shows them. */
const epochAndCounter = (version: number): string => `${Math.floor(version / 2 ** 40)}/${version % 2 ** 40}`;
