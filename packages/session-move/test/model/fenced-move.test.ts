import { runScenario } from '../../src/model/jobs.ts';
import { PLAIN } from '../../src/model/scenario.ts';
import type { Scenario } from '../../src/model/scenario.ts';
import { scenarios } from '../../src/model/scenarios.ts';

const small: Scenario[] = [
  {
    ...PLAIN,
    name: 'one switch',
    mustReach: ['arm-2', 'commit-2', 'activate-2', 'parity-2', 'settle-2', 'adopt', 'merge-read'],
  },
  {
    ...PLAIN,
    name: 'there and back, with purge',
    hops: 2,
    purge: true,
    clock: 'hours',
    requests: 1,
    mustReach: ['parity-3', 'purge-authority', 'purge-mirror'],
  },
  {
    ...PLAIN,
    name: 'compare-and-set',
    requests: 4,
    processes: 2,
    kinds: { load: 2, update: 2 },
    mustReach: ['update-conflict'],
  },
  {
    ...PLAIN,
    name: 'a create',
    startsWith: 'absent',
    kinds: { createFresh: 1, save: 1 },
    mustReach: ['createFresh-ok', 'save-ok'],
  },
  { ...PLAIN, name: 'a rename', keys: 2, kinds: { rename: 1, destroy: 1 }, mustReach: ['rename-ok', 'rename-gone'] },
  {
    ...PLAIN,
    name: 'expiry',
    startsWith: 'short',
    clock: 'expiry',
    kinds: { load: 1, touch: 1 },
    mustReach: ['touch-ok', 'touch-gone'],
  },
  {
    ...PLAIN,
    name: 'cancel and begin again',
    moveStands: 'not-begun',
    moves: 2,
    disarm: true,
    requests: 1,
    mustReach: ['stop-capture-1', 'prepare-1', 'disarm-1'],
  },
  {
    ...PLAIN,
    name: 'a lost answer',
    lostAnswers: 1,
    kinds: { load: 1, update: 1, save: 1 },
    mustReach: ['late-write', 'repeat', 'unknown-outcome'],
  },
  { ...PLAIN, name: 'a restart', restarts: 1, requests: 1, disarm: true, mustReach: ['started', 'disarm-1'] },
  { ...PLAIN, name: 'two controllers', controllers: 2, requests: 1, processes: 1, mustReach: ['parity-2'] },
];

describe('the fenced move', () => {
  it.each(small.map((scenario) => [scenario.name, scenario] as const))('holds with %s', (_name, scenario) => {
    const { holds, missed, story, states } = runScenario(scenario);
    expect({ holds, missed, story }).toEqual({ holds: true, missed: [], story: [] });
    expect(states).toBeGreaterThan(100);
  });

  it('is not said to have shown what it never came to', () => {
    expect(runScenario({ ...PLAIN, hops: 0, mustReach: ['save-ok', 'parity-2'] }).missed).toEqual(['parity-2']);
  });

  it('has scenarios with names of their own, each of which says what it must reach', () => {
    for (const deep of [false, true]) {
      const all = scenarios(deep);
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      for (const { mustReach } of all) expect(mustReach.length).toBeGreaterThan(0);
    }
  });
});
