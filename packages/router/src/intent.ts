import type { Operation } from './operations.ts';
import { NO_HINTS, type Hints } from './router.ts';
import type { RoutedModel, RoutingCore } from './routing-core.ts';
import type { RoutingContext, RunningTransaction } from './routing-context.ts';

/** What a view of the routed client adds to each of its operations. */
export interface Scope {
  /** Set by `$using`: beats the routers. */
  readonly alias?: string;
  readonly hints?: Hints;
  /** Set on the client that a transaction's function gets. */
  readonly transaction?: RunningTransaction;
}

/** A relation called on an operation's promise, with its arguments: `findUnique(…).lines(args)`. */
export type Step = readonly [field: string, args: unknown];

/** An operation as it was called: everything that decides where it goes, and what to send there. */
export interface Intent {
  readonly core: RoutingCore;
  /** `undefined`: raw SQL, which no router is asked about. */
  readonly model: RoutedModel | undefined;
  readonly operation: Operation;
  /** The one argument of a model's operation; the list of all of them for raw SQL. */
  readonly args: unknown;
  readonly steps: readonly Step[];
  readonly scope: Scope;
  /** The request or transaction that it was called in. */
  readonly context: RoutingContext | undefined;
}

export const NO_STEPS: readonly Step[] = [];

/** `session.update`, `$queryRaw`; for messages. */
export function labelOf({ model, operation }: Intent): string {
  return model === undefined ? operation.name : `${model.key}.${operation.name}`;
}

/** The hints of an operation: its view's over its request's. */
export function hintsOf(scope: Scope, context: RoutingContext | undefined): Hints {
  if (scope.hints === undefined) return context === undefined ? NO_HINTS : context.hints;
  return context === undefined ? scope.hints : mergeHints(context.hints, scope.hints);
}

/** The hints of the second over those of the first. */
export function mergeHints(hints: Hints, others: Hints): Hints {
  // Not { ...hints, ...others }: what follows a spread costs a microsecond, more than all the rest of routing.
  return Object.assign({}, hints, others);
}
