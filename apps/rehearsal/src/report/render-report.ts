import type { SessionStory } from '../history/story.ts';
import type { Report } from './report.ts';
import { hasFindings, hasLosses } from './report.ts';
import type { StepReport } from './recorder.ts';
import { renderChronicle, renderFaults, renderServiceFindings } from './render-faults.ts';
import { textTable } from './text-table.ts';

export interface RenderOptions {
  /** Colours the verdict, for terminals. */
  readonly color: boolean;
}

const count = (value: number): string => value.toLocaleString('en');
const of = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

/** The report for people. */
export function renderReport(report: Report, { color }: RenderOptions): string {
  const sections = [
    header(report),
    stepTable(report.steps),
    renderFaults(report),
    figures(report, color),
    rows(report),
    errors(report),
    findings(report),
    renderServiceFindings(report),
    hasFindings(report) ? renderChronicle(report) : '',
    stories(report),
    verdict(report, color),
  ];
  return `\n${sections
    .filter((section) => section !== '')
    .map(indent)
    .join('\n\n')}\n\n`;
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

const METHODS = {
  fenced: 'The fenced move',
  flags: 'The move by two flags',
  naive: 'The move by two flags over a naive store',
} as const;

function header({ options, processes, cache, seeds }: Report): string {
  const isFenced = options.method === 'fenced';
  const how = isFenced
    ? 'No process was waited for.'
    : options.staggerMs === undefined
      ? 'Every flip waited until all processes saw the flag and had ended the requests that began before.'
      : `No flip was waited for; the processes saw each flag ${processes.map(({ flagDelayMs }) => count(flagDelayMs)).join(', ')} ms late.`;
  return [
    `${METHODS[options.method]}, with ${of(options.shoppers, 'shopper')} at ${of(processes.length, 'process', 'processes')} of the shop`,
    `session age ${options.sessionAgeSeconds} s · cache: ${cache} · seed ${seeds.join()}`,
    how,
  ].join('\n');
}

function stepTable(steps: readonly StepReport[]): string {
  const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(1));
  const columns = [
    { title: 'step', align: 'left' },
    ...['s', 'requests', 'p50 ms', 'p99 ms', 'longest', 'errors'].map((title) => ({ title, align: 'right' }) as const),
  ] as const;
  return textTable(
    columns,
    steps.map((step, index) => [
      `${String(index + 1).padEnd(String(steps.length).length)}  ${step.name}`,
      step.seconds.toFixed(1),
      count(step.requests),
      ms(step.p50Ms),
      ms(step.p99Ms),
      ms(step.longestMs),
      count(step.errors),
    ]),
  );
}

function figures(report: Report, color: boolean): string {
  const bad = (value: number): string => (value > 0 && color ? `\u001b[31m${count(value)}\u001b[0m` : count(value));
  const all: readonly (readonly [string, number, boolean])[] = [
    ['requests', report.requests, false],
    ['changes acknowledged', report.acknowledged, false],
    ['baskets lost', report.lostBaskets, true],
    ['changes lost', report.lostChanges, true],
    ['logged-out sessions that came back', report.resurrected, true],
    ['sessions whose history no order explains', report.nonLinearizable, true],
  ];
  const width = Math.max(...all.map(([, value]) => count(value).length));
  return all
    .map(
      ([title, value, isLoss]) =>
        `${' '.repeat(width - count(value).length)}${isLoss ? bad(value) : count(value)}  ${title}`,
    )
    .join('\n');
}

function rows({ rows: compared }: Report): string {
  const reasons = [
    ['missing in the new database', compared.onlyInMain],
    ['missing in the old database', compared.onlyInSessions],
    ['with other data', compared.dataDiffers],
    ['with another expiry', compared.expiryDiffers],
    ['of another user', compared.userDiffers],
  ] as const;
  const wrong = reasons.filter(([, number]) => number > 0).map(([reason, number]) => `${count(number)} ${reason}`);
  const match = `Before the switch ${count(compared.matching)} of ${of(compared.compared, 'live row')} were the same in both databases${wrong.length > 0 ? `: ${wrong.join(', ')}` : ''}.`;
  const emptied = `The old table had ${of(compared.emptied, 'row')} when it was emptied, and ${compared.writtenAfterwards === 0 ? 'none' : count(compared.writtenAfterwards)} at the end.`;
  return `${match}\n${emptied}`;
}

function errors({ steps }: Report): string {
  const failed = steps.filter((step) => step.errors > 0);
  if (failed.length === 0) return 'No request failed.';
  const lines = failed.map(({ name, errorKinds }) => {
    const kinds = Object.entries(errorKinds).map(([kind, number]) => `${kind} × ${count(number)}`);
    return `  ${name}: ${kinds.join(', ')}`;
  });
  return ['Requests that failed:', ...lines].join('\n');
}

const FINDINGS_SHOWN = 8;

function findings({ findings: all }: Report): string {
  if (all.length === 0) return '';
  const lines = all
    .slice(0, FINDINGS_SHOWN)
    .map(
      ({ second, step, shopper, what }) => `${second.toFixed(1).padStart(6)} s  ${step}: shopper ${shopper}: ${what}`,
    );
  return [`What was lost first:`, ...lines].join('\n');
}

const STORIES_SHOWN = 3;

function stories({ stories: all, history, undecided }: Report): string {
  const { sessions, operations, unknown, notKept } = history;
  const looked = `Checked the histories of ${of(sessions, 'session')}: ${of(operations, 'operation')}, of ${count(unknown)} it is not known whether they were done.`;
  const left = [
    undecided > 0 ? `Of ${of(undecided, 'session')} it could not be found out whether an order explains them.` : '',
    notKept > 0 ? `${of(notKept, 'request')} came when the history was full, and were not checked.` : '',
  ].filter((line) => line !== '');
  return [[looked, ...left].join('\n'), ...all.slice(0, STORIES_SHOWN).map(story)].join('\n\n');
}

function story({ session, shopper, verdict: found, keys, earlier, operations, possible }: SessionStory): string {
  const columns = (['s', 'process', 'key', 'asked', 'result', 'saw', ''] as const).map(
    (title) => ({ title, align: 'left' }) as const,
  );
  const time = (seconds: number | null): string => (seconds === null ? '…' : seconds.toFixed(3));
  return [
    `Session ${session} of shopper ${shopper} (keys ${keys}) is ${found}${earlier > 0 ? `; after ${of(earlier, 'earlier operation')}` : ''}:`,
    textTable(
      columns,
      operations.map(({ from, to, process, key, what, outcome, saw, cannotBePlaced }) => [
        `${time(from)}–${time(to)}`,
        String(process),
        key,
        what,
        outcome,
        saw,
        cannotBePlaced ? '← cannot be placed' : '',
      ]),
    ),
    ...(possible.length === 0 ? [] : [`Before that one: ${possible.join(', or ')}`]),
  ].join('\n');
}

function verdict(report: Report, color: boolean): string {
  const text = wordsFor(report);
  return color ? `\u001b[1;${hasFindings(report) ? 31 : 32}m${text}\u001b[0m` : text;
}

function wordsFor(report: Report): string {
  if (hasLosses(report) || report.nonLinearizable > 0) return 'Something was lost.';
  if (report.serviceFindings.length > 0) return 'Nothing was lost, but not everything was as it should be.';
  return hasFindings(report) ? 'Nothing was lost, as far as it could be checked.' : 'Nothing was lost.';
}
