/** What one shopper may be shown, given every answer that this shopper has had. */
export interface Expectation {
  /** Quantities that may be shown, by product; 0 is "not in the basket", and so is a product without an entry. */
  readonly lines: ReadonlyMap<string, readonly number[]>;
  /** Who may be shown as logged in, by email; `null` is nobody. */
  readonly users: readonly (string | null)[];
  /** Whether the whole session may be gone: a login or logout was sent whose answer never came. */
  readonly mayBeGone: boolean;
}

/** A visitor who has just come in. */
export const NEW_VISITOR: Expectation = { lines: new Map(), users: [null], mayBeGone: false };

const ABSENT: readonly number[] = [0];

export const quantitiesOf = (expectation: Expectation, productId: string): readonly number[] =>
  expectation.lines.get(productId) ?? ABSENT;

/** Whether the answers so far leave no doubt about this line. */
export const isCertain = (expectation: Expectation, productId: string): boolean =>
  quantitiesOf(expectation, productId).length === 1;

/** Whether something must be shown: a line, or who is logged in. */
export const mustBeShown = (expectation: Expectation): boolean =>
  !expectation.users.includes(null) || requiredLines(expectation).length > 0;

/** The products that must be in the basket, in whatever quantity. */
export const requiredLines = (expectation: Expectation): string[] =>
  [...expectation.lines].filter(([, quantities]) => !quantities.includes(0)).map(([productId]) => productId);
