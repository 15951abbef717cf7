import { labelOf, type Intent } from './intent.ts';
import { RouterError } from './router-error.ts';
import { prepare, request, settle } from './send.ts';
import { tracedOperation } from './traced.ts';

/**
 * The promise of an operation. Like Prisma's own it is lazy: nothing is routed or sent until it is awaited or taken by
 * `$transaction([…])`, and it is sent once.
 */
export class RoutedOperation implements Promise<unknown> {
  // Private, because the public names of an operation belong to the relations that can be called on it.
  readonly #intent: Intent;
  #result: Promise<unknown> | undefined;

  constructor(intent: Intent) {
    this.#intent = intent;
  }

  static intentOf(operation: RoutedOperation): Intent {
    return operation.#intent;
  }

  /** True once it was awaited or taken. */
  static isSent(operation: RoutedOperation): boolean {
    return operation.#result !== undefined;
  }

  /** Makes `result` the answer of an operation that a batch takes. */
  static take(operation: RoutedOperation, result: Promise<unknown>): void {
    operation.#result = result;
  }

  get [Symbol.toStringTag](): string {
    return 'PrismaPromise';
  }

  then<A = unknown, B = never>(
    onResult?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#sent().then(onResult, onError);
  }

  catch<B = never>(onError?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.#sent().catch(onError);
  }

  finally(onSettled?: (() => void) | null): Promise<unknown> {
    return this.#sent().finally(onSettled);
  }

  /** Prisma calls this for each element of a plain client's `$transaction([…])`, where the routing would be lost. */
  requestTransaction(): never {
    throw new RouterError(
      'FOREIGN_TRANSACTION',
      `${labelOf(this.#intent)} belongs to the routed client: put it in the routed client's own $transaction.`,
    );
  }

  #sent(): Promise<unknown> {
    this.#result ??= this.#send();
    return this.#result;
  }

  #send(): Promise<unknown> {
    const intent = this.#intent;
    try {
      const place = prepare(intent, false);
      return tracedOperation(intent, place, () =>
        request(intent, place).then((result) => {
          settle(intent, place, result);
          return result;
        }),
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
