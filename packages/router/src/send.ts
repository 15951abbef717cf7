import { checkGuards } from './guard.ts';
import { hintsOf, type Intent } from './intent.ts';
import { placeOf } from './place-of.ts';
import { callMethod, delegateOf } from './prisma-client-like.ts';
import type { PlacedOperation } from './relation-check.ts';
import { RouterError } from './router-error.ts';
import type { Place, RoutedModel, RoutingCore } from './routing-core.ts';

/** Chooses the place of an operation and checks the operation against it. Throws RouterError; nothing is sent. */
export function prepare(intent: Intent, asWrite: boolean): Place {
  const { core, model, steps } = intent;
  const place = placeOf(intent, asWrite);
  if (model === undefined) return place;
  if (core.guards.length > 0) askGuards(intent, model, place);
  if (steps.length > 0 || core.relations.needed(place.alias, model.key)) checkRelations(intent, model, place, asWrite);
  return place;
}

/** Prisma's own lazy promise of the operation at its place. */
export function request(intent: Intent, place: Place): Promise<unknown> {
  const { model, operation, args, steps } = intent;
  if (model === undefined)
    return callMethod(place.client, operation.name, args as readonly unknown[]) as Promise<unknown>;
  let answer = callMethod(delegateAt(intent.core, model, place), operation.name, [args]);
  for (const [field, stepArgs] of steps) answer = callMethod(answer as object, field, [stepArgs]);
  return answer as Promise<unknown>;
}

/** Remembers where the rows of a result came from, and tells the routers of a write. */
export function settle(intent: Intent, place: Place, result: unknown): void {
  const { core, model, operation, steps, scope, context } = intent;
  if (model !== undefined && operation.returns !== 'other') {
    let answers = model.key;
    for (const [field] of steps) answers = core.relations.target(place.alias, answers, field) ?? answers;
    core.rows.remember(result, place.alias, answers);
  }
  if (operation.kind === 'read') return;
  if ('written' in place) (place.written as Set<string | undefined>).add(model?.key);
  else core.chain.wrote(place.alias, model?.key, hintsOf(scope, context));
}

/** The model at a place. Throws MODEL_NOT_IN_DATABASE. */
export function delegateAt(core: RoutingCore, model: RoutedModel | undefined, place: Place): object {
  const key = model?.key ?? '';
  const inTransaction = core.places.get(place.alias) !== place;
  const delegate = inTransaction ? delegateOf(place.client, key) : model?.delegates.get(place.alias);
  if (delegate !== undefined) return delegate;
  throw new RouterError('MODEL_NOT_IN_DATABASE', `The client '${place.alias}' has no model '${key}'.`);
}

function askGuards({ core, operation, scope, context }: Intent, model: RoutedModel, { alias }: Place): void {
  const { kind, name } = operation;
  checkGuards(core.guards, { model: model.key, kind, operation: name, alias, hints: hintsOf(scope, context) });
}

function checkRelations(intent: Intent, model: RoutedModel, place: Place, asWrite: boolean): void {
  const operation = placed(intent, model, place, asWrite);
  const { core, steps, args } = intent;
  core.relations.arguments(operation, args);
  let at: PlacedOperation = operation;
  for (const [field, stepArgs] of steps) {
    at = { ...at, model: core.relations.fluent(at, field), kind: 'read' };
    core.relations.arguments(at, stepArgs);
  }
}

function placed(intent: Intent, model: RoutedModel, place: Place, asWrite: boolean): PlacedOperation {
  const { core, operation, scope, context } = intent;
  const { alias } = place;
  const inTransaction = core.places.get(alias) !== place;
  return {
    model: model.key,
    operation: operation.name,
    alias,
    kind: operation.kind,
    routedAs: asWrite || inTransaction ? 'write' : operation.kind,
    named: scope.alias !== undefined,
    hints: hintsOf(scope, context),
  };
}
