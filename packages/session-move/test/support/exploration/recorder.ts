import {
  ABSENT,
  NEVER,
  advance,
  startHistory,
  type Call,
  type History,
  type Result,
} from '../../../src/model/history.ts';

/** What was asked and answered, judged while it goes on. */
export interface Recorder {
  /** The call may depend on the number that its request gets. */
  invoke(call: (request: number) => Call): number;
  answer(request: number, result: Result): void;
  /** It certainly has not happened. */
  withdraw(request: number): void;
  /** Notes which request has written a version, so that a compare-and-set can be judged. */
  wrote(key: string, version: number, request: number): void;
  writerOf(key: string, version: number): number;
  /** Something is wrong in another way. */
  complain(problem: string): void;
  problem(): string | undefined;
}

/** One table would hold these at the start; null: no session. */
export function createRecorder(values: readonly (number | null)[]): Recorder {
  let history: History = startHistory(
    values.map((value) => (value === null ? ABSENT : { ...ABSENT, status: 'live', value, expires: NEVER })),
  );
  let requests = 0;
  let problem: string | undefined;
  const calls = new Map<number, Call>();
  const writers = new Map<string, number>();

  const goOn = (next: History | undefined, what: string): void => {
    if (next === undefined) problem ??= `no order of the requests explains ${what}`;
    else history = next;
  };
  const spoken = (request: number): string => `request ${request} (${JSON.stringify(calls.get(request))})`;

  return {
    invoke: (callOf) => {
      const request = ++requests;
      const call = callOf(request);
      calls.set(request, call);
      goOn(advance(history, { kind: 'invoke', request, call }), 'a request');
      return request;
    },
    answer: (request, result) =>
      goOn(
        advance(history, { kind: 'answer', request, result }),
        `that ${spoken(request)} was answered ${String(result)}`,
      ),
    withdraw: (request) => {
      const candidates = history.candidates.filter(({ answers }) => !answers.some(([id]) => id === request));
      const pending = history.pending.filter((one) => one.request !== request);
      goOn(
        candidates.length > 0 ? { ...history, candidates, pending } : undefined,
        `that ${spoken(request)} should not have happened`,
      );
    },
    wrote: (key, version, request) => {
      const name = `${key} ${version}`;
      const other = writers.get(name);
      if (other !== undefined && other !== request)
        problem ??= `requests ${other} and ${request} have both written version ${version}`;
      writers.set(name, request);
    },
    writerOf: (key, version) => writers.get(`${key} ${version}`) ?? 0,
    complain: (what) => (problem ??= what),
    problem: () => problem,
  };
}
