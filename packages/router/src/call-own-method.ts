import type { Intent } from './intent.ts';
import { callMethod } from './prisma-client-like.ts';
import { delegateAt, prepare, settle } from './send.ts';

/**
 * Calls a method that an extension has added to a model, on the database that writes of the model go to. What it answers
 * is the caller's; where that is a promise, the routers are told of a write before anybody who waits for it goes on.
 */
export function callOwnMethod(intent: Intent, args: readonly unknown[]): unknown {
  const place = prepare(intent, false);
  const answer = callMethod(delegateAt(intent.core, intent.model, place), intent.operation.name, args);
  const told = (result: unknown): unknown => {
    settle(intent, place, result);
    return result;
  };
  if (answer instanceof Promise) return answer.then(told);
  if (!isThenable(answer)) return answer;
  // Prisma's own promise: lazy, with relations that can be called on it. It is not sent before somebody waits for it.
  const then: Promise<unknown>['then'] = (onResult, onError) => answer.then(told).then(onResult, onError);
  const methods = new Map<PropertyKey, unknown>([
    ['then', then],
    ['catch', (onError: () => unknown) => then(undefined, onError)],
    ['finally', (onSettled: () => void) => then().finally(onSettled)],
  ]);
  return new Proxy(answer, { get: (target, name) => methods.get(name) ?? Reflect.get(target, name) });
}

const isThenable = (answer: unknown): answer is Promise<unknown> =>
  typeof answer === 'object' && answer !== null && typeof (answer as Partial<Promise<unknown>>).then === 'function';
