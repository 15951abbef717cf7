import { hintsOf, labelOf, type Intent, type Scope } from './intent.ts';
import { RouterError } from './router-error.ts';
import type { Place, RoutingCore } from './routing-core.ts';
import type { RoutingContext, RunningTransaction } from './routing-context.ts';

/**
 * Chooses where an operation goes: the alias named by `$using`, else what the chain says. In a transaction everything is
 * routed as a write, so that no read leaves it for a replica, and what is routed elsewhere throws.
 */
export function placeOf(intent: Intent, asWrite: boolean): Place {
  const { core, scope, context } = intent;
  const running = transactionAround(core, scope, context);
  if (scope.alias !== undefined) return running?.alias === scope.alias ? running : placeAt(core, scope.alias);
  const alias = aliasFor(intent, asWrite || running !== undefined);
  if (running === undefined) return placeAt(core, alias);
  if (running.alias === alias) return running;
  throw new RouterError(
    'CROSS_DATABASE_TRANSACTION',
    `${labelOf(intent)} goes to '${alias}', but the transaction around it is on '${running.alias}'. A transaction ` +
      `cannot span two databases: move the operation out of it, or run it on its own with $using('${alias}').`,
  );
}

/** The given client of an alias. Throws UNKNOWN_ALIAS. */
export function placeAt(core: RoutingCore, alias: string): Place {
  const place = core.places.get(alias);
  if (place !== undefined) return place;
  throw new RouterError('UNKNOWN_ALIAS', `No client has the alias '${alias}'.`);
}

/** The transaction that an operation is part of: its view's own, else the one around it, while that is open. */
export function transactionAround(
  core: RoutingCore,
  scope: Scope,
  context: RoutingContext | undefined,
): RunningTransaction | undefined {
  if (scope.transaction !== undefined) return scope.transaction;
  let around = context?.transaction;
  while (around?.open === false) around = around.around;
  if (around === undefined) return undefined;
  if (around.core === core) return around;
  throw new RouterError(
    'FOREIGN_TRANSACTION',
    'Inside a transaction use the routed client that opened it, not one that it was extended from or to.',
  );
}

function aliasFor({ core, model, operation, scope, context }: Intent, asWrite: boolean): string {
  if (model === undefined) return scope.transaction?.alias ?? core.defaultAlias;
  return core.chain.route(model.key, asWrite ? 'write' : operation.kind, hintsOf(scope, context));
}
