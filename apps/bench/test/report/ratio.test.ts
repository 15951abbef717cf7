import type { Measurement } from '../../src/measurement.ts';
import { ratioOf } from '../../src/report/ratio.ts';
import type { Wanted } from '../../src/report/wanted.ts';
import type { CaseRounds } from '../../src/run-groups.ts';

const measured = (opsPerSecond: number, cpuMicros = 10): Measurement => ({
  opsPerSecond,
  cpuMicros,
  p50Ms: 1,
  p99Ms: 2,
});
const rounds = (name: CaseRounds['case'], subject: string, callers: number, each: Measurement[]): CaseRounds => ({
  case: name,
  subject,
  callers,
  rounds: each,
});
const faster: Wanted = {
  what: 'load',
  figure: 'opsPerSecond',
  ours: { cases: ['load'], subject: 'switchyard', callers: 64 },
  theirs: { cases: ['load'], subject: 'them', callers: 64 },
  limit: { atLeast: 2 },
};

describe('a ratio', () => {
  it('is the median of those of the rounds, so that a slow minute for both does not count', () => {
    const results = [
      rounds('load', 'switchyard', 64, [measured(300), measured(30), measured(210)]),
      rounds('load', 'them', 64, [measured(100), measured(10), measured(100)]),
    ];
    expect(ratioOf(faster, results)).toMatchObject({ seen: 3, spread: [2.1, 3], holds: true });
    expect(ratioOf({ ...faster, limit: { atLeast: 3.1 } }, results)).toMatchObject({ seen: 3, holds: false });
    expect(ratioOf({ ...faster, limit: { atMost: 3 } }, results)).toMatchObject({ seen: 3, holds: true });
    expect(ratioOf({ ...faster, limit: { atMost: 2.9 } }, results)).toMatchObject({ holds: false });
  });

  it('adds up what belongs together', () => {
    const both: Wanted = {
      ...faster,
      figure: 'cpuMicros',
      ours: { cases: ['cached-load', 'cached-save'], subject: 'switchyard', callers: 64 },
      theirs: { cases: ['cached-load', 'cached-save'], subject: 'django', callers: 1 },
      limit: { atMost: 0.125 },
    };
    const results = [
      rounds('cached-load', 'switchyard', 64, [measured(1, 10)]),
      rounds('cached-save', 'switchyard', 64, [measured(1, 30)]),
      rounds('cached-load', 'django', 1, [measured(1, 20)]),
      rounds('cached-save', 'django', 1, [measured(1, 380)]),
    ];
    expect(ratioOf(both, results)).toMatchObject({ seen: 0.1, holds: true });
    expect(ratioOf(both, results.slice(0, 3))).toMatchObject({ seen: undefined, holds: undefined });
  });

  it('is not told of what was not measured', () => {
    const ours = rounds('load', 'switchyard', 64, [measured(300)]);
    expect(ratioOf(faster, [ours])).toMatchObject({ seen: undefined, holds: undefined });
    expect(ratioOf(faster, [ours, rounds('load', 'them', 1, [measured(100)])])).toMatchObject({ seen: undefined });
    expect(ratioOf(faster, [])).toMatchObject({ seen: undefined, spread: undefined });
  });
});
