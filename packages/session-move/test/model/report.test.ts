import { runJob, runScenario } from '../../src/model/jobs.ts';
import type { JobResult } from '../../src/model/jobs.ts';
import { describe as tell, exitCodeOf, reportOf, summarize } from '../../src/model/report.ts';
import { PLAIN } from '../../src/model/scenario.ts';

const scenario = runScenario({ ...PLAIN, name: 'small', hops: 0, mustReach: ['save-ok'] });
const caught = runJob({ kind: 'mutant', name: 'save-as-upsert', deep: false });
const escaped: JobResult = { ...caught, name: 'escaped', steps: undefined, story: [] };
const broken: JobResult = { ...scenario, holds: false, steps: 2, story: ['1. shop-1 begins', '=> wrong'] };
const shallow: JobResult = { ...scenario, missed: ['parity-2'] };

describe('the report', () => {
  it('has the promised shape', () => {
    const report = reportOf([scenario, caught], 1.26);
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      holds: true,
      states: scenario.states + caught.states,
      seconds: 1.3,
      mutants: [
        {
          name: 'save-as-upsert',
          title: 'left out: a save never creates a row',
          caught: true,
          steps: 2,
          states: caught.states,
          story: caught.story,
        },
      ],
      scenarios: [
        expect.objectContaining({ name: 'small', holds: true, states: scenario.states, missed: [], story: [] }),
      ],
      bound: expect.stringContaining('One bucket'),
      notCovered: expect.arrayContaining([expect.stringContaining('progress')]),
    });
  });

  it.each([
    ['all is well', [scenario, caught], 0],
    ['a mutant was not caught', [scenario, escaped], 4],
    ['a scenario does not hold', [broken, caught], 4],
    ['a scenario has shown too little', [shallow, caught], 4],
  ] as const)('leads to the exit status when %s', (_name, results, code) => {
    expect(exitCodeOf(reportOf(results, 1))).toBe(code);
  });

  it('tells a counterexample as a numbered story that ends with the verdict', () => {
    const [first, ...rest] = tell(caught).trimEnd().split('\n');
    expect(first).toBe('save-as-upsert: caught in 2 steps');
    expect(rest.map((line) => line.trim().slice(0, 3))).toEqual(['lef', '1. ', '2. ', '=> ']);
  });

  it('says so when a mutant was not caught, and when a scenario fell short', () => {
    expect(tell(escaped)).toContain('NOT CAUGHT');
    expect(tell(shallow)).toContain('never came to: parity-2');
    expect(tell(broken)).toContain('DOES NOT HOLD');
  });

  it('lists what is not covered', () => {
    const report = reportOf([scenario, caught], 1);
    const text = summarize(report);
    for (const line of report.notCovered) expect(text).toContain(line);
    expect(text).toContain('1 of 1 mutants caught');
  });
});
