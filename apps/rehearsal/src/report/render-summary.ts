import { isGood, type SeedResult, type Summary } from './summary.ts';
import { textTable } from './text-table.ts';

const count = (value: number): string => value.toLocaleString('en');

/** One line for one of many rehearsals. */
export function renderResult(result: SeedResult): string {
  const { seed, seconds, report } = result;
  const begin = `seed ${String(seed).padStart(4)}  ${seconds.toFixed(1).padStart(5)} s`;
  if (report === undefined) return `${begin}  it could not be carried out`;
  const { requests, acknowledged, faults } = report;
  const did = `${count(requests).padStart(6)} requests  ${count(acknowledged).padStart(5)} changes  ${String(faults.length).padStart(2)} faults`;
  return `${begin}  ${did}  ${isGood(result) ? 'nothing lost' : `FOUND: ${describe(report)}`}`;
}

type Counts = Pick<Summary, 'lostBaskets' | 'lostChanges' | 'resurrected' | 'nonLinearizable' | 'undecided'> & {
  readonly serviceFindings: readonly object[];
};

function describe(counts: Counts): string {
  const parts = [
    [counts.lostBaskets, 'baskets lost'],
    [counts.lostChanges, 'changes lost'],
    [counts.resurrected, 'came back'],
    [counts.nonLinearizable, 'not linearizable'],
    [counts.undecided, 'undecided'],
    [counts.serviceFindings.length, 'findings of the service or the move'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${count(number)} ${what}`)
    .join(', ');
}

/** What all of it was to the shoppers: what failed, and how long they waited. */
function describeShopping({ requests, errors, longestMs }: Summary): string {
  const kinds = Object.entries(errors).map(([kind, number]) => `${kind} × ${count(number)}`);
  const failed = Object.values(errors).reduce((sum, number) => sum + number, 0);
  const failures =
    kinds.length === 0
      ? 'No request failed'
      : `${count(failed)} of ${count(requests)} requests failed (${kinds.join(', ')})`;
  return longestMs === null ? `${failures}.` : `${failures}; the longest took ${(longestMs / 1_000).toFixed(1)} s.`;
}

const SHOWN = 20;

/** All of them together, for people. */
export function renderSummary(summary: Summary): string {
  const { seeds, failed, faults, kinds, requests, acknowledged, serviceFindings, failures, method } = summary;
  const found = describe(summary);
  const sections = [
    `${seeds.length} rehearsals (${method}): ${count(requests)} requests, ${count(acknowledged)} changes acknowledged, ${count(faults.length)} faults`,
    kinds.length === 0
      ? ''
      : textTable(
          [
            { title: 'fault', align: 'left' },
            { title: 'times', align: 'right' },
            { title: 'back after ms, at most', align: 'right' },
          ],
          kinds.map(({ kind, times, slowestBackMs }) => [
            kind,
            count(times),
            slowestBackMs === null ? 'never' : count(slowestBackMs),
          ]),
        ),
    describeShopping(summary),
    serviceFindings
      .slice(0, SHOWN)
      .map(({ seed, second, what }) => `seed ${seed}, ${second.toFixed(2)} s: ${what}`)
      .join('\n'),
    failures.map(({ seed, failure }) => `seed ${seed} could not be carried out:\n${failure}`).join('\n'),
    failed.length === 0
      ? 'Nothing was lost.'
      : `${found === '' ? 'Not all could be carried out.' : `Found: ${found}.`} Again, with the whole story: the same with --seed ${failed[0]} instead of --seeds.`,
  ];
  return `\n${sections.filter((section) => section !== '').join('\n\n')}\n`;
}
