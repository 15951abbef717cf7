import type { ApplyResult, SessionStore } from '@switchyard/session-backends';
import type { SessionCounters } from './session-counters.ts';

/** `unknown`: whether it was written cannot be told. */
const resultOf = (result: ApplyResult): string =>
  result.status === 'unavailable' && result.outcome === 'unknown' ? 'unknown' : result.status;

/** The same store; counts what it answers, how long that takes, and what it has not answered yet. */
export function watchStore(
  store: SessionStore,
  { results, durations }: SessionCounters,
  underWay: (by: 1 | -1) => void,
): SessionStore {
  const timed = async <T>(operation: 'load' | 'apply', work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    underWay(1);
    try {
      return await work();
    } finally {
      underWay(-1);
      durations.observe({ operation }, (performance.now() - startedAt) / 1_000);
    }
  };
  return {
    load: async (keys) => {
      const answers = await timed('load', () => store.load(keys));
      for (const { status } of answers) results.inc({ operation: 'load', result: status === 'found' ? 'ok' : status });
      return answers;
    },
    apply: async (operations) => {
      const answers = await timed('apply', () => store.apply(operations));
      answers.forEach((answer, i) =>
        results.inc({ operation: operations[i]?.kind ?? 'other', result: resultOf(answer) }),
      );
      return answers;
    },
  };
}
