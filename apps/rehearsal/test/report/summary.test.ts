import type { FaultReport } from '../../src/faults/fault-run.ts';
import { renderComparison } from '../../src/report/render-comparison.ts';
import { renderResult, renderSummary } from '../../src/report/render-summary.ts';
import type { Report } from '../../src/report/report.ts';
import { summarize, type SeedResult } from '../../src/report/summary.ts';

const fault = (change: Partial<FaultReport>): FaultReport => ({
  kind: 'new-kill',
  what: 'the new database is killed',
  from: 1,
  to: 2,
  backAfterMs: 100,
  isQuiet: true,
  ...change,
});

function result(seed: number, change: Partial<Report> = {}): SeedResult {
  const report = {
    requests: 100,
    acknowledged: 40,
    lostBaskets: 0,
    lostChanges: 0,
    resurrected: 0,
    nonLinearizable: 0,
    undecided: 0,
    stories: [],
    history: { sessions: 1, operations: 100, unknown: 0, notKept: 0 },
    errors: {},
    steps: [],
    findings: [],
    faults: [fault({})],
    serviceFindings: [],
    chronicle: [],
    seeds: [seed],
    ...change,
  };
  return { seed, seconds: 12.34, report: report as unknown as Report };
}

describe('many rehearsals together', () => {
  it('are counted together', () => {
    const summary = summarize('fenced', [
      result(3),
      result(4, { faults: [fault({ backAfterMs: 700 }), fault({ kind: 'partition' })] }),
    ]);
    expect(summary).toMatchObject({ seeds: [3, 4], failed: [], requests: 200, acknowledged: 80, reports: [] });
    expect(summary.faults.map(({ seed, kind }) => [seed, kind])).toEqual([
      [3, 'new-kill'],
      [4, 'new-kill'],
      [4, 'partition'],
    ]);
    expect(summary.kinds).toEqual([
      { kind: 'new-kill', times: 2, slowestBackMs: 700 },
      { kind: 'partition', times: 1, slowestBackMs: 100 },
    ]);
    expect(renderSummary(summary)).toMatch(
      /2 rehearsals \(fenced\): 200 requests[^]*new-kill +2 +700[^]*Nothing was lost\.\n$/,
    );
  });

  it('say what shoppers saw: what failed, and how long they waited', () => {
    const step = (longestMs: number | null): unknown => ({ longestMs });
    const summary = summarize('fenced', [
      result(1, { errors: { '503': 2 }, steps: [step(null), step(1_250)] as Report['steps'] }),
      result(2, { errors: { '503': 1, 'no answer': 4 }, steps: [step(30)] as Report['steps'] }),
    ]);
    expect(summary).toMatchObject({ errors: { '503': 3, 'no answer': 4 }, longestMs: 1_250 });
    expect(renderSummary(summary)).toContain(
      '7 of 200 requests failed (503 × 3, no answer × 4); the longest took 1.3 s.',
    );
    expect(renderSummary(summarize('fenced', [result(1)]))).toContain('No request failed.');
  });

  it.each([
    ['lostBaskets', '2 baskets lost'],
    ['lostChanges', '2 changes lost'],
    ['resurrected', '2 came back'],
    ['nonLinearizable', '2 not linearizable'],
    ['undecided', '2 undecided'],
  ] as const)('tell of %s, and how to see it again', (what, words) => {
    const bad = result(9, { [what]: 2 });
    const summary = summarize('naive', [result(8), bad]);
    expect(summary).toMatchObject({ failed: [9], [what]: 2, reports: [{ seeds: [9] }] });
    expect(renderResult(bad)).toContain(`FOUND: ${words}`);
    expect(renderSummary(summary)).toContain(`Found: ${words}. Again, with the whole story: the same with --seed 9`);
  });

  it('tell what the service must not do', () => {
    const summary = summarize('fenced', [result(5, { serviceFindings: [{ second: 3, what: 'it was late' }] })]);
    expect(summary.failed).toEqual([5]);
    expect(renderSummary(summary)).toContain('seed 5, 3.00 s: it was late');
  });

  it('tell of a fault after which the service did not come back', () => {
    const { kinds } = summarize('fenced', [result(1, { faults: [fault({}), fault({ backAfterMs: null })] })]);
    expect(kinds).toEqual([{ kind: 'new-kill', times: 2, slowestBackMs: null }]);
  });

  it('tell of one that could not be carried out', () => {
    const failure: SeedResult = { seed: 2, seconds: 1, failure: 'no PostgreSQL here' };
    const summary = summarize('fenced', [result(1), failure]);
    expect(summary).toMatchObject({ seeds: [1, 2], failed: [2], failures: [{ seed: 2 }] });
    expect(renderSummary(summary)).toContain('no PostgreSQL here');
    expect(renderResult(failure)).toContain('could not be carried out');
  });
});

describe('several methods side by side', () => {
  it('are a table in Markdown, with what each has lost', () => {
    const lines = renderComparison([
      summarize('fenced', [result(1), result(2)]),
      summarize('naive', [result(1, { lostChanges: 1_234, resurrected: 2 })]),
    ]).split('\n');
    const cells = (line = ''): string[] => line.split('|').map((cell) => cell.trim());
    expect(cells(lines[2])).toEqual(['', 'fenced move', '2', '2', '80', '0', '0', '0', '0', '']);
    expect(cells(lines[3])).toEqual(['', 'two flags, plain dual writes', '1', '1', '40', '0', '1,234', '2', '0', '']);
    expect(new Set(lines.slice(0, 4).map((line) => line.length)).size).toBe(1);
  });
});
