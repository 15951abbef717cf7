import { mustBeShown, NEW_VISITOR, quantitiesOf, requiredLines, type Expectation } from './expectation.ts';

/** A basket as a page shows it. */
export interface Shown {
  /** Quantities by product. */
  readonly lines: ReadonlyMap<string, number>;
  /** Email of who is logged in. */
  readonly user: string | null;
}

export type Loss =
  /** Nothing is shown where a basket must be. */
  | { readonly kind: 'basket'; readonly lines: number }
  /** A line shows another quantity than was acknowledged, or shows again after it was removed or ordered. */
  | { readonly kind: 'line'; readonly productId: string; readonly expected: readonly number[]; readonly shown: number }
  /** Somebody else, or nobody, is logged in. */
  | { readonly kind: 'user'; readonly expected: readonly (string | null)[]; readonly shown: string | null };

export interface Judgement {
  readonly losses: readonly Loss[];
  /** There is no session any more, rightly or not. */
  readonly isGone: boolean;
  /** What to expect from now on: what was lost is expected no more, so that it is counted once. */
  readonly next: Expectation;
}

/** What a visitor is shown who has no session. */
export const BLANK: Shown = { lines: new Map(), user: null };

export const isBlank = (shown: Shown): boolean => shown.lines.size === 0 && shown.user === null;

/** Compares a page with what it may show. `mayHaveExpired`: nobody has changed the session for its whole age. */
export function judge(expectation: Expectation, shown: Shown, mayHaveExpired = false): Judgement {
  if (isBlank(shown) && mustBeShown(expectation)) return judgeBlank(expectation, mayHaveExpired);
  const losses = [...lineLosses(expectation, shown), ...userLosses(expectation, shown)];
  return { losses, isGone: false, next: losses.length === 0 ? expectation : widened(expectation, losses) };
}

function judgeBlank(expectation: Expectation, mayHaveExpired: boolean): Judgement {
  const gone = { isGone: true, next: NEW_VISITOR };
  if (mayHaveExpired || expectation.mayBeGone) return { ...gone, losses: [] };
  const lines = requiredLines(expectation).length;
  if (lines > 0) return { ...gone, losses: [{ kind: 'basket', lines }] };
  return { ...gone, losses: [{ kind: 'user', expected: expectation.users, shown: null }] };
}

function lineLosses(expectation: Expectation, shown: Shown): Loss[] {
  const productIds = new Set([...expectation.lines.keys(), ...shown.lines.keys()]);
  return [...productIds].flatMap((productId) => {
    const expected = quantitiesOf(expectation, productId);
    const quantity = shown.lines.get(productId) ?? 0;
    return expected.includes(quantity) ? [] : [{ kind: 'line' as const, productId, expected, shown: quantity }];
  });
}

const userLosses = ({ users }: Expectation, { user }: Shown): Loss[] =>
  users.includes(user) ? [] : [{ kind: 'user', expected: users, shown: user }];

/** The next page may show either: one loss seen twice, by way of two processes, is one loss. */
function widened(expectation: Expectation, losses: readonly Loss[]): Expectation {
  let { lines, users } = expectation;
  for (const loss of losses) {
    if (loss.kind === 'line') lines = new Map([...lines, [loss.productId, [...loss.expected, loss.shown]]]);
    if (loss.kind === 'user') users = [...users, loss.shown];
  }
  return { ...expectation, lines, users };
}
