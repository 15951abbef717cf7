import { callOwnMethod } from './call-own-method.ts';
import { NO_STEPS, type Intent, type Scope } from './intent.ts';
import type { OperationFactory } from './operation-factory.ts';
import { PRISMA_OPERATIONS, type Operation } from './operations.ts';
import { RoutedOperation } from './routed-operation.ts';
import type { RoutedModel, RoutingCore } from './routing-core.ts';

/** Makes the `db.session` of a scope. */
export type ModelViewFactory = (scope: Scope) => object;

/**
 * Builds, once for each model, what `db.<model>` is made from: an object with one method for each operation. Making one
 * for a scope, and calling a method of it, then costs a few small objects and no lookups.
 */
export function createModelViewFactory(
  core: RoutingCore,
  model: RoutedModel,
  fluentOperation: OperationFactory,
): ModelViewFactory {
  class ModelView {
    readonly #scope: Scope;

    constructor(scope: Scope) {
      this.#scope = scope;
    }

    static intent(view: ModelView, operation: Operation, args: unknown): Intent {
      return { core, model, operation, args, steps: NO_STEPS, scope: view.#scope, context: core.storage.getStore() };
    }

    /** References to the model's fields, for comparing one with another. */
    get fields(): unknown {
      const [first] = model.delegates.values();
      return (model.delegates.get(this.#scope.alias ?? core.defaultAlias) ?? first)?.['fields'];
    }
  }

  for (const name of methodNames(model)) {
    const known = PRISMA_OPERATIONS.get(name);
    const value = known === undefined ? ownMethod(name) : known.fluent ? fluentMethod(known) : plainMethod(known);
    Object.defineProperty(ModelView.prototype, name, { value });
  }
  return (scope) => new ModelView(scope);

  function plainMethod(operation: Operation) {
    return function (this: ModelView, args?: unknown) {
      return new RoutedOperation(ModelView.intent(this, operation, args));
    };
  }

  function fluentMethod(operation: Operation) {
    return function (this: ModelView, args?: unknown) {
      return fluentOperation(ModelView.intent(this, operation, args));
    };
  }

  /** A method that an extension has added: it can do anything, so it is a write, and is called at once. */
  function ownMethod(name: string) {
    const operation: Operation = { name, kind: 'write', returns: 'other', fluent: false };
    return function (this: ModelView, ...args: unknown[]) {
      return callOwnMethod(ModelView.intent(this, operation, undefined), args);
    };
  }
}

/** Prisma's operations and the methods that extensions have added, in any of the databases. */
function methodNames(model: RoutedModel): ReadonlySet<string> {
  const names = new Set<string>();
  for (const delegate of model.delegates.values()) {
    for (const name of Reflect.ownKeys(delegate)) {
      if (typeof name === 'string' && typeof delegate[name] === 'function') names.add(name);
    }
  }
  return names;
}
