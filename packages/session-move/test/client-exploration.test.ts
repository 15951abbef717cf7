import { beginClientRun } from './support/exploration/client-run.ts';
import { exploreAll, exploreRandomly } from './support/exploration/explore.ts';
import { loadCode, type Code } from './support/exploration/load-code.ts';
import type { Act, Scenario } from './support/exploration/scenario.ts';

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

const SCENARIOS: Record<string, Scenario> = {
  a: { processes: [[[load, saveLoaded]], [[save, load]]], start: [0], hops: 1 },
  b: { processes: [[[destroy, load]], [[load, saveLoaded]]], start: [0], hops: 1 },
  back: { processes: [[[save, load]], [[destroy]]], start: [0], hops: 2 },
  rename: { processes: [[[rename, load]], [[save]]], start: [0, null], hops: 1 },
  create: { processes: [[[create, load]], [[create]]], start: [null], hops: 1 },
  touch: { processes: [[[touch, load]], [[load, saveLoaded]]], start: [0], hops: 1 },
};

it.each(Object.keys(SCENARIOS))(
  '%s',
  async (name) => {
    const code: Code = await loadCode();
    for (const bounds of [
      { preemptions: 1, faults: 0 },
      { preemptions: 2, faults: 0 },
      { preemptions: 1, faults: 1 },
    ]) {
      const t = performance.now();
      const { schedules, steps, found } = await exploreAll(
        () => beginClientRun({ code, scenario: SCENARIOS[name] as Scenario }),
        bounds,
      );
      process.stderr.write(
        `${name} ${JSON.stringify(bounds)} ${schedules} ${steps} ${Math.round(performance.now() - t)} ms ${found ? found.problem + '\n   ' + found.story.join('\n   ') : ''}\n`,
      );
    }
  },
  600_000,
);
