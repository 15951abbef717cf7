import type { Intent } from './intent.ts';
import { RoutedOperation } from './routed-operation.ts';
import type { RoutedModel } from './routing-core.ts';

/** Makes the promise of an operation that answers with a row of a certain model. */
export type OperationFactory = (intent: Intent) => RoutedOperation;

/**
 * Builds, once for each model, the promise on which the model's relations can be called: `findUnique(…).lines()`. The
 * relation becomes a step of the same operation, so that it is routed and checked with it.
 */
export function createOperationFactories(models: Iterable<RoutedModel>): ReadonlyMap<string, OperationFactory> {
  const factories = new Map<string, OperationFactory>();
  for (const { key, relations } of models) factories.set(key, createFactory(relations, factories));
  return factories;
}

function createFactory(
  relations: ReadonlyMap<string, string>,
  factories: ReadonlyMap<string, OperationFactory>,
): OperationFactory {
  class FluentOperation extends RoutedOperation {}
  for (const [field, target] of relations) {
    Object.defineProperty(FluentOperation.prototype, field, {
      value(this: RoutedOperation, args?: unknown) {
        const intent = RoutedOperation.intentOf(this);
        const next = { ...intent, steps: [...intent.steps, [field, args] as const] };
        return factories.get(target)?.(next) ?? new RoutedOperation(next);
      },
    });
  }
  return (intent) => new FluentOperation(intent);
}
