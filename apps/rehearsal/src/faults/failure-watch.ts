import type { Served } from '../stage/balance.ts';

/** Requests may fail then, for a reason. Times are milliseconds of one clock that only goes forward. */
export interface Excuse {
  readonly from: number;
  readonly to: number;
  /** Index of the process whose requests may fail; `undefined`: of each. */
  readonly process: number | undefined;
}

export interface Failure {
  readonly at: number;
  readonly what: string;
}

/** Looks for requests that failed although nothing was the matter that could explain it. */
export interface FailureWatch {
  note(served: Served): void;
  unexplained(excuses: readonly Excuse[]): Failure[];
}

export function createFailureWatch(): FailureWatch {
  const failed: Served[] = [];
  return {
    note: (served) => {
      const { status } = served.response;
      if (status === undefined || status >= 500) failed.push(served);
    },
    unexplained: (excuses) =>
      failed
        .filter((served) => !excuses.some((excuse) => explains(excuse, served)))
        .map((served) => ({ at: served.sentAt, what: describe(served) })),
  };
}

const explains = ({ from, to, process }: Excuse, served: Served): boolean =>
  (process === undefined || process === served.process) && served.sentAt <= to && served.receivedAt >= from;

function describe({ request, process, response, sentAt, receivedAt }: Served): string {
  const answer = response.status === undefined ? response.reason : `${response.status} ${codeIn(response.json)}`;
  const took = Math.round(receivedAt - sentAt);
  return `${request.method} ${request.path} at process ${process + 1} failed without a reason: ${answer.trim()}, after ${took} ms`;
}

function codeIn(json: unknown): string {
  const code: unknown = (json as { error?: { code?: unknown } } | null | undefined)?.error?.code;
  return typeof code === 'string' ? code : '';
}
