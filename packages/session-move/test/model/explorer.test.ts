import { explore } from '../../src/model/explorer.ts';
import type { Model } from '../../src/model/explorer.ts';
import { createStateTable } from '../../src/model/state-table.ts';

/** Two interchangeable counters up to `top`; wrong when they add up to `wrong`. */
const counters = (top: number, wrong = Infinity): Model => ({
  width: 2,
  initial: Int32Array.of(0, 0),
  successors(state, emit) {
    for (const at of [0, 1]) {
      if ((state[at] as number) === top) continue;
      const next = state.slice();
      next[at] = (next[at] as number) + 1;
      emit(next, `counter-${at + 1}`, { tag: 'up', text: `goes to ${next[at]}` });
    }
  },
  canonicalize: (state) => void state.sort(),
  violation: (state) => ((state[0] as number) + (state[1] as number) === wrong ? 'wrong' : undefined),
  explain: (state) => `sum ${(state[0] as number) + (state[1] as number)}`,
});

describe('the explorer', () => {
  it('visits every state once, mirror images together', () => {
    const { states, complete, counterexample, reached } = explore(counters(9));
    expect(states).toBe(55);
    expect(complete).toBe(true);
    expect(counterexample).toBeUndefined();
    expect([...reached].sort()).toEqual(['start', 'up']);
  });

  it('finds a shortest counterexample, in which every process keeps its name', () => {
    const { counterexample, complete } = explore(counters(9, 4));
    expect(complete).toBe(false);
    expect(counterexample?.verdict).toBe('sum 4');
    expect(counterexample?.steps).toHaveLength(4);
    const heights = { 'counter-1': 0, 'counter-2': 0 };
    for (const { who, label } of counterexample?.steps ?? []) {
      heights[who as keyof typeof heights]++;
      expect(label.text).toBe(`goes to ${heights[who as keyof typeof heights]}`);
    }
  });

  it('does not call a run complete that was cut short', () => {
    expect(explore(counters(100), 20)).toMatchObject({ complete: false, counterexample: undefined });
  });
});

describe('the state table', () => {
  it('knows every state again after it has grown', () => {
    const table = createStateTable(3);
    const state = (i: number): Int32Array => Int32Array.of(i, i * 7, -i);
    for (let i = 0; i < 20_000; i++) expect(table.add(state(i), i - 1)).toBe(i);
    const read = new Int32Array(3);
    for (let i = 0; i < 20_000; i += 97) {
      expect(table.add(state(i), 0)).toBe(-1);
      table.read(i, read);
      expect([...read]).toEqual([...state(i)]);
      expect(table.parentOf(i)).toBe(i - 1);
    }
    expect(table.size()).toBe(20_000);
  });
});
