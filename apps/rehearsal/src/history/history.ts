import type { Call, FormAnswer, Operation } from './operation.ts';

/** A request that is about to be sent. */
export interface Sending {
  readonly shopper: number;
  readonly process: number;
  readonly call: Call;
  /** Whatever stands for the session, as it is sent. */
  readonly cookie: string | undefined;
}

/** What came of it. `process`: another one may have taken it in the place of that which it was meant for. */
export interface Answer extends Pick<Operation, 'outcome' | 'error' | 'shown' | 'process'> {
  /** Whatever stands for the session after that. */
  readonly cookie: string | undefined;
  readonly formAnswer: FormAnswer | undefined;
}

/** Every request of every shopper, with its beginning and its end. */
export interface History {
  /** Called before the request is sent; what it returns is called when the answer is there, before anything else is sent because of it. */
  begin(sending: Sending): (answer: Answer) => void;
  /** In the order in which they began. */
  operations(): readonly Operation[];
  /** Requests that came when the history was full: of these nothing is known, nor how those ended that were under way then. */
  readonly notKept: number;
}

export interface HistoryOptions {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Operations kept, of a few hundred bytes each. Default is 500,000. */
  readonly limit?: number;
}

/** Far less than anything that is measured, and a multiple of what a double has at a year's milliseconds. */
const MOMENT_MS = 1e-5;

/** A full history stays what it was: the beginning of a linearizable history is one itself, so that it can still be checked. */
export function createHistory({ now, limit = 500_000 }: HistoryOptions): History {
  const operations: Operation[] = [];
  const keys = new Map<string, number>();
  let latest = -Infinity;
  let notKept = 0;

  const moment = (): number => (latest = Math.max(now(), latest + MOMENT_MS));
  const keyOf = (cookie: string | undefined): number | undefined => {
    if (cookie === undefined) return undefined;
    const key = keys.get(cookie) ?? keys.size + 1;
    keys.set(cookie, key);
    return key;
  };

  return {
    begin: ({ cookie, ...sending }) => {
      if (operations.length >= limit) {
        notKept += 1;
        return () => undefined;
      }
      const key = keyOf(cookie);
      const index = operations.length;
      const begun: Operation = {
        ...sending,
        from: moment(),
        to: undefined,
        key,
        keyAfter: key,
        outcome: 'unknown',
        error: undefined,
        shown: undefined,
        formAnswer: undefined,
      };
      operations.push(begun);
      return ({ cookie: cookieAfter, ...answer }) => {
        // What it shows may come from a request that was not kept.
        if (notKept === 0) operations[index] = { ...begun, ...answer, to: moment(), keyAfter: keyOf(cookieAfter) };
      };
    },
    operations: () => operations,
    get notKept() {
      return notKept;
    },
  };
}
