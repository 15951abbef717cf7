import type { Hints, OperationKind } from './router.ts';
import { RouterError } from './router-error.ts';

/** An operation about to be sent. A nested write or an include is checked as an operation of its own on its model. */
export interface GuardedOperation {
  readonly model: string;
  readonly kind: OperationKind;
  /** The client's method: `findMany`, `update`; for a model reached through a relation, the outer operation's. */
  readonly operation: string;
  readonly alias: string;
  readonly hints: Hints;
}

/** Why an operation is refused; becomes a RouterError with this code and message. */
export interface Refusal {
  readonly code: 'MODEL_MOVING' | 'OPERATION_REFUSED';
  readonly message: string;
}

/** May refuse an operation before any SQL is sent. Asked in order; `undefined` lets it pass. Raw SQL is not asked about. */
export interface Guard {
  check(operation: GuardedOperation): Refusal | undefined;
}

/** Throws the first refusal as a RouterError. */
export function checkGuards(guards: readonly Guard[], operation: GuardedOperation): void {
  for (const guard of guards) {
    const refusal = guard.check(operation);
    if (refusal !== undefined) throw new RouterError(refusal.code, refusal.message);
  }
}

/** Refuses a guard that could never be asked. */
export function checkGuard(guard: Guard, index: number): void {
  if (typeof guard?.check === 'function') return;
  throw new RouterError('INVALID_OPTION', `Guard ${index + 1} has no method 'check'.`);
}
