import { beginClientRun } from './support/exploration/client-run.ts';
import { exploreAll, exploreRandomly, type Bounds, type Explored } from './support/exploration/explore.ts';
import { loadCode, type Rules } from './support/exploration/load-code.ts';
import type { Act, Scenario } from './support/exploration/scenario.ts';

// The store's client waits for a moment now and then; here time passes only when the schedule says so.
beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'hrtime'] });
});
afterAll(() => {
  jest.useRealTimers();
});

const load: Act = { kind: 'load', key: 0 };
const save: Act = { kind: 'save', key: 0, loaded: false };
const saveLoaded: Act = { kind: 'save', key: 0, loaded: true };
const destroy: Act = { kind: 'destroy', key: 0 };
const touch: Act = { kind: 'touch', key: 0 };
const create: Act = { kind: 'create', key: 0 };
const rename: Act = { kind: 'rename', key: 0, loaded: false };

const SCENARIOS = {
  'a save by version beside a blind one': { processes: [[[load, saveLoaded]], [[save, load]]], start: [0], hops: 1 },
  'a save beside a logout': { processes: [[[destroy, load]], [[load, saveLoaded]]], start: [0], hops: 1 },
  'a save beside a logout, there and back': { processes: [[[save, load]], [[destroy]]], start: [0], hops: 2 },
  'a rename beside a save': { processes: [[[rename, load]], [[save]]], start: [0, null], hops: 1 },
  'two creates of one key': { processes: [[[create, load]], [[create]]], start: [null], hops: 1 },
  'a touch beside a save': { processes: [[[touch, load]], [[load, saveLoaded]]], start: [0], hops: 1 },
} as const satisfies Readonly<Record<string, Scenario>>;
type Name = keyof typeof SCENARIOS;
const NAMES = Object.keys(SCENARIOS) as Name[];

const explore = async (name: Name, bounds: Bounds, broken?: (rules: Rules) => Partial<Rules>): Promise<Explored> => {
  const code = await loadCode(broken);
  return exploreAll(() => beginClientRun({ code, scenario: SCENARIOS[name] }), bounds);
};

describe('the real client, in every order of its statements, while a bucket moves', () => {
  it.each(NAMES)('answers as one table would: %s', async (name) => {
    const { schedules, found } = await explore(name, { preemptions: 1, faults: 0 });
    expect(found).toBeUndefined();
    expect(schedules).toBeGreaterThan(300);
  });

  it.each(NAMES)('answers as one table would when a connection fails: %s', async (name) => {
    const { schedules, found } = await explore(name, { preemptions: 1, faults: 1, limit: 1_200 });
    expect(found).toBeUndefined();
    expect(schedules).toBe(1_200);
  });
});

describe('the real client, on long walks by chance with two connections that fail', () => {
  const seeds = Array.from({ length: 150 }, (_, seed) => seed + 1);

  it.each(NAMES)('answers as one table would: %s', async (name) => {
    const code = await loadCode();
    const { found, seed } = await exploreRandomly(() => beginClientRun({ code, scenario: SCENARIOS[name] }), seeds, 2);
    expect({ found, seed }).toEqual({ found: undefined, seed: undefined });
  });
});

describe('the same search, with a rule broken, finds what goes wrong', () => {
  const MUTANTS: Readonly<Record<string, readonly [Name, (rules: Rules) => Partial<Rules>]>> = {
    'every fence serves': [
      'a save by version beside a blind one',
      () => ({ decideFence: (_site, { epoch, merge }) => ({ kind: 'serve', epoch, merge }) }),
    ],
    'the other side is never asked': ['a save by version beside a blind one', () => ({ mustAskOther: () => false })],
    'a copy replaces whatever is there': ['a save by version beside a blind one', () => ({ copyApplies: () => true })],
    'a write goes over a row that was not adopted': ['a save beside a logout', () => ({ mayWriteOver: () => true })],
    'a create does not look at the other side': ['two creates of one key', () => ({ mayCreate: () => true })],
    'the merge ends before everything is across': [
      'a save by version beside a blind one',
      () => ({ hasParity: () => true }),
    ],
  };

  it.each(Object.keys(MUTANTS))('%s', async (mutant) => {
    const [name, broken] = MUTANTS[mutant] as (typeof MUTANTS)[string];
    const { found } = await explore(name, { preemptions: 2, faults: 0, limit: 30_000 }, broken);
    expect(found?.story.length).toBeGreaterThan(0);
  });
});
