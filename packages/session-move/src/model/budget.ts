import type { Call, Result } from './history.ts';
import { ENDLESS, NEVER } from './history.ts';
import type { Request, RequestKind } from './request.ts';
import type { Process } from './request.ts';
import type { Scenario } from './scenario.ts';

/** What is left of the scenario's bounds, and the clock. */
export interface Budget {
  readonly clock: number;
  readonly begun: number;
  readonly left: Partial<Record<RequestKind, number>>;
  readonly lostAnswers: number;
  readonly restarts: number;
  /** Moves begun so far. */
  readonly moves: number;
  /** Somebody knows the key that was drawn for a create or a rename. */
  readonly keyGivenOut: boolean;
}

export const fullBudget = (scenario: Scenario): Budget => ({
  clock: 0,
  begun: 0,
  left: scenario.kinds,
  lostAnswers: scenario.lostAnswers,
  restarts: scenario.restarts,
  moves: scenario.moveStands === 'not-begun' ? 0 : 1,
  keyGivenOut: false,
});

type NewRequest = Pick<Request, 'id' | 'kind' | 'key' | 'value' | 'expires'>;

/** Every request that an idle process may begin, with what is left of the budget afterwards. */
export function possibleRequests(
  scenario: Scenario,
  budget: Budget,
  process: Process,
): readonly { request: NewRequest; budget: Budget }[] {
  if (budget.begun >= scenario.requests) return [];
  const id = budget.begun + 1;
  return (Object.keys(budget.left) as RequestKind[]).flatMap((kind) => {
    const left = budget.left[kind] ?? 0;
    if (left === 0 || (kind === 'update' && process.seen === null)) return [];
    const after = { ...budget, begun: id, left: { ...budget.left, [kind]: left - 1 } };
    return keysOf(scenario, budget, kind).flatMap((key) =>
      expiriesOf(scenario, kind, budget.clock).map((expires) => ({
        request: { id, kind, key, value: scenario.sameBytes ? 1 : id, expires },
        budget: after,
      })),
    );
  });
}

/** A rename goes from key 0 to key 1. A key that has been drawn is known to nobody before the answer is there. */
function keysOf({ kinds, keys }: Scenario, budget: Budget, kind: RequestKind): readonly number[] {
  if (kind === 'create' || kind === 'createFresh' || kind === 'rename') return [0];
  if (kinds.createFresh && !budget.keyGivenOut) return [];
  return keys > 1 && budget.keyGivenOut ? [0, 1] : [0];
}

/** The answer has told somebody a key that was drawn. */
export const givesKeyOut = (kind: RequestKind, result: Result | undefined): boolean =>
  result === 'ok' && (kind === 'createFresh' || kind === 'rename');

export const longLife = (scenario: Scenario): number => (scenario.clock === 'expiry' ? NEVER : ENDLESS);

function expiriesOf(scenario: Scenario, kind: RequestKind, clock: number): readonly number[] {
  const chooses = kind === 'save' || kind === 'update' || kind === 'create' || kind === 'createFresh';
  return scenario.clock === 'expiry' && chooses && clock === 0 ? [1, NEVER] : [longLife(scenario)];
}

/** The request as a call of the one session table that the answers are measured against. */
export function callOf(request: Request): Call {
  const { kind, key, value, expires, expected } = request;
  switch (kind) {
    case 'load':
    case 'destroy':
      return { kind, key };
    case 'touch':
      return { kind, key, expires };
    case 'create':
    case 'createFresh':
      return { kind: 'create', key, value, expires };
    case 'save':
    case 'update':
      return { kind: 'save', key, value, expires, expected: expected?.writtenBy ?? null };
    case 'rename':
      return { kind, key, value, expires, expected: expected?.writtenBy ?? null };
  }
}
