import { hintsOf, NO_STEPS, type Scope } from './intent.ts';
import { createLazyViews } from './lazy-view.ts';
import { createModelViewFactory, type ModelViewFactory } from './model-view.ts';
import { createOperationFactories } from './operation-factory.ts';
import { RAW_OPERATIONS, type Operation } from './operations.ts';
import { placeAt, transactionAround } from './place-of.ts';
import { RoutedOperation } from './routed-operation.ts';
import { RouterError } from './router-error.ts';
import type { Hints, OperationKind } from './router.ts';
import type { RouteExplanation } from './router-chain.ts';
import type { RoutingCore } from './routing-core.ts';
import { runBatch, runTransaction, type TransactionOptions } from './transaction.ts';

type Members = Record<string, unknown>;

/** The objects that a routed client consists of: one for each scope, with its models and `$` methods. */
export interface RoutedViews {
  /** The models and `$` methods that depend on the scope. */
  scoped(scope: Scope): Members;
  /** The same members for hints, each made when it is asked for: such a view mostly lives for one operation. */
  hinted(hints: Hints): object;
  /** One client by its alias, with its own models, routed there. */
  using(alias: string): object;
}

export function createRoutedViews(core: RoutingCore): RoutedViews {
  const factories = createModelViewFactories(core);
  const usingViews = new Map<string, object>();

  function models(scope: Scope): Members {
    const members: Members = {};
    for (const [key, factory] of factories) {
      if (scope.alias === undefined || core.models.get(key)?.delegates.has(scope.alias)) members[key] = factory(scope);
    }
    return members;
  }

  function methods(scope: Scope): Members {
    return {
      ...rawSql(core, scope),
      $transaction: async (work: unknown, options: TransactionOptions = {}) => {
        if (Array.isArray(work)) return runBatch(core, scope, work, options);
        if (typeof work === 'function')
          return runTransaction(core, scope, work as TransactionBody, options, (transaction) =>
            scoped({ ...scope, transaction }),
          );
        throw new RouterError('INVALID_OPTION', '$transaction takes a function, or an array of operations.');
      },
      $route: (model: string, kind: OperationKind, hints?: Hints) => explain(core, scope, model, kind, hints),
    };
  }

  function scoped(scope: Scope): Members {
    return { ...models(scope), ...methods(scope) };
  }

  const lazyViews = createLazyViews(
    new Map([
      ...factories,
      ...Object.keys(methods({})).map((name) => [name, (scope: Scope) => methods(scope)[name]] as const),
    ]),
  );

  function using(alias: string): object {
    let view = usingViews.get(alias);
    if (view === undefined) {
      // The client's other members ($on, $connect, those of extensions) show through. Defined, not assigned: an
      // assignment would reach the client itself, which is a proxy.
      const members = { ...scoped({ alias }), $extends: undefined };
      view = Object.create(placeAt(core, alias).client, {
        ...Object.getOwnPropertyDescriptors(members),
        ...lackingModels(core, alias),
      }) as object;
      usingViews.set(alias, view);
    }
    return view;
  }

  return { scoped, hinted: (hints) => lazyViews({ hints }), using };
}

type TransactionBody = (client: unknown) => Promise<unknown>;

/** A model of other databases: its types allow to ask the database of a row for it. */
function lackingModels(core: RoutingCore, alias: string): PropertyDescriptorMap {
  const lacking = [...core.models.values()].filter(({ delegates }) => !delegates.has(alias));
  const refuse = (model: string) => (): never => {
    throw new RouterError('MODEL_NOT_IN_DATABASE', `The database '${alias}' has no model '${model}'.`);
  };
  return Object.fromEntries(lacking.map(({ key }) => [key, { get: refuse(key) }]));
}

function createModelViewFactories(core: RoutingCore): ReadonlyMap<string, ModelViewFactory> {
  const operations = createOperationFactories(core.models.values());
  const factories = new Map<string, ModelViewFactory>();
  for (const [key, model] of core.models) {
    const fluent = operations.get(key);
    if (fluent !== undefined) factories.set(key, createModelViewFactory(core, model, fluent));
  }
  return factories;
}

function rawSql(core: RoutingCore, scope: Scope): Members {
  const members: Members = {};
  for (const name of RAW_OPERATIONS) {
    const operation: Operation = { name, kind: 'write', returns: 'other', fluent: false };
    members[name] = (...args: unknown[]) => {
      const context = core.storage.getStore();
      return new RoutedOperation({ core, model: undefined, operation, args, steps: NO_STEPS, scope, context });
    };
  }
  return members;
}

/** As an operation at this point would be routed: in a transaction as a write. */
function explain(core: RoutingCore, scope: Scope, model: string, kind: OperationKind, hints?: Hints): RouteExplanation {
  if (kind !== 'read' && kind !== 'write')
    throw new RouterError('INVALID_OPTION', `$route explains a 'read' or a 'write', not '${String(kind)}'.`);
  const context = core.storage.getStore();
  const routedAs = transactionAround(core, scope, context) === undefined ? kind : 'write';
  return core.chain.explain(model, routedAs, { ...hintsOf(scope, context), ...hints });
}
