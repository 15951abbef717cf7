import { judge, type Verdict } from '../../src/cache/coherence-rules.ts';
import { simulateMinute, type SimulatedMinute } from '../support/simulated-shop.ts';

const RUNS = 25;
/** A fault that takes more minutes than this to come about counts as not found. */
const MOST_RUNS = 100;

async function firstFault(rule: typeof judge): Promise<string | undefined> {
  for (let seed = 0; seed < MOST_RUNS; seed++) {
    const { fault } = await simulateMinute({ seed, registers: 2, rule });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Rules that each leave out one thing. */
const BROKEN: Readonly<Record<string, typeof judge>> = {
  'uses the cache when some register says so, not every': (heard, server, now, limits) =>
    judge(
      heard.filter((word) => word !== undefined && now - word.askedAt < limits.trustMs && word.server === server),
      server,
      now,
      limits,
    ),
  'takes an old word for a new one': (heard, server, now, limits) =>
    judge(heard, server, now, { ...limits, trustMs: Number.POSITIVE_INFINITY }),
  'does not wait until those have stopped who have not heard that it is off': (...args) =>
    atOnce(judge(...args), 'off'),
  'does not wait before it uses a new generation': (heard, server, now, limits) => {
    const verdict = judge(heard, server, now, { ...limits, pauseMs: Number.NEGATIVE_INFINITY });
    return verdict.kind === 'off' ? judge(heard, server, now, limits) : verdict;
  },
  'uses the cache at whatever server': (heard, _server, now, limits) => judge(heard, heard[0]?.server, now, limits),
  'has the same name for all generations': (...args) => {
    const verdict = judge(...args);
    return verdict.kind === 'use' ? { ...verdict, namespace: 'entries' } : verdict;
  },
};

const atOnce = (verdict: Verdict, kind: Verdict['kind']): Verdict =>
  verdict.kind === kind && 'at' in verdict ? { ...verdict, at: Number.NEGATIVE_INFINITY } : verdict;

describe('a cache that three processes share, in simulated minutes full of mishaps', () => {
  it.each([1, 2])('shows nobody what had been replaced before he asked, with %d registers', async (registers) => {
    const minutes: SimulatedMinute[] = [];
    for (let seed = 0; seed < RUNS; seed++) minutes.push(await simulateMinute({ seed, registers }));
    expect(minutes.filter(({ fault }) => fault !== undefined)).toEqual([]);
    // It was there to be used, and it was written to.
    const sum = (of: (minute: SimulatedMinute) => number): number => minutes.reduce((all, each) => all + of(each), 0);
    expect(sum(({ hits }) => hits)).toBeGreaterThan(100 * RUNS);
    expect(sum(({ acknowledged }) => acknowledged)).toBeGreaterThan(500 * RUNS);
  });

  it.each(Object.entries(BROKEN))('is found out when it %s', async (_name, rule) => {
    expect(await firstFault(rule)).toMatch(/a read showed/);
  });
});
