import type { Shown } from '../../src/checker/judge.ts';
import { createHistory, type Answer, type History } from '../../src/history/history.ts';
import type { Call } from '../../src/history/operation.ts';

/** A request, as a test tells it: what is left out is as it mostly is. */
export interface Told extends Partial<Omit<Answer, 'cookie'>> {
  /** Seconds from its beginning to its end; without an end it was never answered. */
  readonly from: number;
  readonly to?: number;
  readonly call: Call;
  /** The cookie that it came with. */
  readonly cookie?: string;
  /** The cookie after it; default is the one that it came with. `null`: none. */
  readonly gives?: string | null;
  readonly process?: number;
}

/** A history in which this has happened. */
export function tell(...told: readonly Told[]): History {
  let now = 0;
  const history = createHistory({ now: () => now });
  const moments = told.flatMap((one) => {
    const { from, to, call, cookie, gives, process = 1, ...answer } = one;
    let end: ((answer: Answer) => void) | undefined;
    const begin = (): void => void (end = history.begin({ shopper: 0, process, call, cookie }));
    const rest = {
      process,
      outcome: 'ok',
      error: undefined,
      shown: undefined,
      formAnswer: undefined,
      ...answer,
    } as const;
    const finish = (): void => end?.({ ...rest, cookie: gives === undefined ? cookie : (gives ?? undefined) });
    return [{ at: from, run: begin }, ...(to === undefined ? [] : [{ at: to, run: finish }])];
  });
  for (const { at, run } of moments.toSorted((one, other) => one.at - other.at)) {
    now = at * 1_000;
    run();
  }
  return history;
}

export const look: Call = { kind: 'look' };
export const add = (productId: string, quantity: number): Call => ({ kind: 'add', productId, quantity });
export const set = (productId: string, quantity: number): Call => ({ kind: 'set', productId, quantity });
export const logout: Call = { kind: 'logout' };
export const login: Call = { kind: 'login', user: 'robin@example.com' };

/** A basket as a page shows it. */
export const basket = (lines: Readonly<Record<string, number>>, user: string | null = null): Shown => ({
  lines: new Map(Object.entries(lines)),
  user,
});
