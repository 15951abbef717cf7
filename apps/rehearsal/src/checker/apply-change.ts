import type { Change, Outcome } from './change.ts';
import { NEW_VISITOR, quantitiesOf, type Expectation } from './expectation.ts';

/** What may be shown after a change with that outcome, when `before` was what might be shown until then. */
export function applyChange(before: Expectation, change: Change, outcome: Outcome): Expectation {
  switch (outcome) {
    case 'ok':
      return changed(before, change);
    case 'failed':
      return before;
    case 'unknown':
      return changesSession(change)
        ? { ...either(before, stayed(before, change)), mayBeGone: true }
        : either(before, changed(before, change));
  }
}

/** What may be shown after changes that were under way at the same time, in whatever order they were made. */
export function applyTogether(
  before: Expectation,
  changes: readonly { readonly change: Change; readonly outcome: Outcome }[],
): Expectation {
  if (changes.length === 0) return before;
  return changes
    .map(({ change, outcome }, first) =>
      applyTogether(
        applyChange(before, change, outcome),
        changes.filter((_, index) => index !== first),
      ),
    )
    .reduce(either);
}

/** These replace or end the session itself, so that a lost answer may leave the shopper with a key that is none. */
const changesSession = (change: Change): boolean => change.kind === 'login' || change.kind === 'logout';

/** What is seen if the session outlived a change whose answer was lost. */
const stayed = (before: Expectation, change: Change): Expectation =>
  change.kind === 'logout' ? before : changed(before, change);

function changed(before: Expectation, change: Change): Expectation {
  switch (change.kind) {
    case 'add':
      return withLine(
        before,
        change.productId,
        quantitiesOf(before, change.productId).map((now) => now + change.quantity),
      );
    case 'set':
      return withLine(before, change.productId, [change.quantity]);
    case 'remove':
      return withLine(before, change.productId, [0]);
    case 'login':
      return { ...before, users: [change.user] };
    case 'logout':
      return NEW_VISITOR;
    case 'checkout':
      return { ...before, lines: new Map() };
  }
}

const withLine = (before: Expectation, productId: string, quantities: readonly number[]): Expectation => ({
  ...before,
  lines: new Map([...before.lines, [productId, quantities]]),
});

function either(one: Expectation, other: Expectation): Expectation {
  const productIds = new Set([...one.lines.keys(), ...other.lines.keys()]);
  const lines = [...productIds].map(
    (productId) => [productId, union(quantitiesOf(one, productId), quantitiesOf(other, productId))] as const,
  );
  return {
    lines: new Map(lines),
    users: union(one.users, other.users),
    mayBeGone: one.mayBeGone || other.mayBeGone,
  };
}

const union = <T>(one: readonly T[], other: readonly T[]): readonly T[] => [...new Set([...one, ...other])];
