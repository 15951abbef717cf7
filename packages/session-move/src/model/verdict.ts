import type { History, Result } from './history.ts';
import type { Probe } from './probe.ts';
import { valueText } from './world.ts';

const spoken = (result: Result): string =>
  typeof result === 'number' ? valueText(result) : result === 'absent' ? 'no session' : `"${result}"`;

const listed = (results: Iterable<Result>): string => [...results].map(spoken).sort().join(' or ');

/** A load, tried in this state, returns what no order of the requests explains. */
export const explainProbe = (probe: Probe | undefined, possible: ReadonlySet<Result>): string =>
  `Whoever loads the session now ${probe ? `${probe.texts.join('; ')}` : ''}. Right would be ${listed(possible)} only.`;

/** The last answer is one that no order of the requests explains. */
export function explainAnswer(before: History): string {
  const open = before.pending.map(({ request }) => `request ${request}`).join(', ');
  const tables = new Set(
    before.candidates.map(({ entries }) =>
      entries.map((entry) => (entry.status === 'live' ? spoken(entry.value) : entry.status)).join(' and '),
    ),
  );
  return `No order of the requests explains that answer. Before it${open && `, with ${open} under way`}, one table would have held: ${[...tables].sort().join(' or ')}.`;
}
